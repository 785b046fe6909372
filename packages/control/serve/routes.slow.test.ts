import { text } from 'node:stream/consumers'
import type { LightMyRequestResponse as Response } from 'fastify'
import { roles, routes } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import type { Grant } from '../auth/records.ts'

const all = Object.entries<Route>(routes) as readonly [RouteName, Route][]
const callers = ['nobody', ...roles] as const
let test: TestControl
let people = 0

beforeAll(async () => {
  test = await openTestControl(openStage())
  await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] })
  const value = { teams: { crew: { createdAtMs: 0 } }, apps: { shop: 'crew' } }
  await test.control.documents.put('team', 'all', { expected: 0, value }, new AbortController().signal)
})
afterAll(() => test[Symbol.asyncDispose]())

/** Somebody new for every request: some of them end the session they are made with. */
const newToken = (grants: readonly Grant[]): Promise<string> => {
  people += 1
  return addPerson(test, { name: `p${people}`, grants })
}

const samples: Readonly<Record<string, string>> = {
  app: 'shop',
  team: 'crew',
  environment: 'test',
  name: 'bob',
  number: '1',
}
const pathOf = ({ path }: Route): string => path.replaceAll(/:([a-z]+)/g, (_match, key: string) => samples[key] ?? 'x')

interface Sent {
  readonly token?: string
  readonly body?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

const send = async (route: Route, { token, body, path = pathOf(route), headers }: Sent) => {
  const response = await test.server.inject({
    method: route.method,
    url: path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
    ...(route.kind === 'events' ? { payloadAsStream: true } : {}),
  })
  const { statusCode: status, headers: received } = response
  return { status, headers: received, text: await readText(response, route) }
}

/** Events may have no end. */
const readText = async (response: Response, { kind, status }: Route): Promise<string> => {
  if (kind !== 'events') return response.body
  const stream = response.stream()
  if (response.statusCode !== status) return text(stream)
  stream.destroy()
  return ''
}

const rankOf = (role: string): number => callers.findIndex((caller) => caller === role)

type Door = 'open' | 'forbidden' | 'unknown'

/** Where nobody is asked who he is, a 401 is about what was sent. */
const doorOf = ({ role }: Route, status: number): Door => {
  if (role === 'nobody') return 'open'
  return status === 401 ? 'unknown' : status === 403 ? 'forbidden' : 'open'
}

const wantedDoor = ({ role, scope }: Route, caller: string): Door => {
  if (role === 'nobody') return 'open'
  if (caller === 'nobody') return 'unknown'
  return scope !== 'self' && rankOf(caller) < rankOf(role) ? 'forbidden' : 'open'
}

describe.each(all)('%s', (_name, route) => {
  it.each(callers)('asked by %s in the cluster', async (caller) => {
    const token = caller === 'nobody' ? undefined : await newToken([{ role: caller }])
    const { status } = await send(route, token === undefined ? {} : { token })
    expect(doorOf(route, status)).toBe(wantedDoor(route, caller))
    expect(status).toBeLessThan(500)
  })

  it('asked by the owner of another app', async () => {
    const { status } = await send(route, { token: await newToken([{ role: 'owner', app: 'other' }]) })
    expect(doorOf(route, status)).toBe(route.scope === 'self' ? 'open' : 'forbidden')
  })

  it('asked by the owner of another team', async () => {
    const { status } = await send(route, { token: await newToken([{ role: 'owner', team: 'other' }]) })
    expect(doorOf(route, status)).toBe(route.scope === 'self' ? 'open' : 'forbidden')
  })

  it.each(roles)('asked by %s in the team of its app', async (role) => {
    const { status } = await send(route, { token: await newToken([{ role, team: 'crew' }]) })
    const isElsewhere = route.role !== 'nobody' && route.scope === 'cluster'
    expect(doorOf(route, status)).toBe(isElsewhere ? 'forbidden' : wantedDoor(route, role))
  })

  it('with what is no request of it answers with a problem, never as if it were broken', async () => {
    const bodies = ['{', '[]', 'null', '"x"', '{"__proto__":{"a":1}}', '{"kind":"nothing"}', `"${'x'.repeat(70_000)}"`]
    for (const body of bodies) {
      const token = await newToken([{ role: 'owner' }])
      const { status, text } = await send(route, { token, ...(route.method === 'GET' ? {} : { body }) })
      expect(status).toBeLessThan(500)
      expect(text).not.toContain(token)
    }
  })

  it('with strange paths, queries and headers', async () => {
    const strange = ['..%2f..%2fetc', '%00', '%F0%9F%8F%9D', 'x'.repeat(250), '__proto__', "'; drop", '%E0%A4%A']
    for (const value of strange) {
      const path = `${route.path.replaceAll(/:[a-z]+/g, encodeURI(value))}?limit=${value}&from=${value}&after=${value}`
      const token = await newToken([{ role: 'owner' }])
      const { status } = await send(route, { token, path, headers: { 'if-match': value, 'idempotency-key': value } })
      expect(status).toBeLessThan(500)
    }
  })
})

it('any JSON on any route with a body is refused or done, and nothing breaks', async () => {
  const withBody = all.filter(([, route]) => route.body !== undefined)
  const request = fc.tuple(fc.constantFrom(...withBody), fc.jsonValue())
  const token = await newToken([{ role: 'owner' }])
  await fc.assert(
    fc.asyncProperty(request, async ([[, route], body]) => {
      const { status } = await send(route, { token, body: JSON.stringify(body) })
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 200 },
  )
})

it('a body beyond the limit is not read', async () => {
  const token = await newToken([{ role: 'owner' }])
  const body = JSON.stringify({ kind: 'restart', services: ['x'.repeat(33 * 1024 * 1024)] })
  expect(await send(routes.startDeployment, { token, body })).toMatchObject({ status: 413 })
  expect(await send(routes.invitePerson, { token, body: body.slice(0, 100_000) })).toMatchObject({ status: 413 })
})

it('an answer says that it is not to be kept, and a refusal is problem+json', async () => {
  const { headers, text } = await send(routes.getMe, {})
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
    'www-authenticate': 'Bearer',
  })
  expect(JSON.parse(text)).toMatchObject({ status: 401, code: 'unauthenticated' })
})
