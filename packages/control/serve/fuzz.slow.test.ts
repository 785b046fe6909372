import { routes } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import { failure } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addPerson, openTestControl, uploadOf } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { arbitraryInput, planted, plantedBase64, spoil } from './arbitrary-input.ts'
import { safetyHeaders } from './safety-headers.ts'

const all = Object.entries<Route>(routes) as readonly [RouteName, Route][]
/** Each stream is listened to for a while. */
const requests = { json: 15, stream: 6 }
const never = new AbortController().signal

let stage: Stage
let test: TestControl
let people = 0
const stop = new AbortController()
let passing: Promise<void>

beforeAll(async () => {
  stage = openStage()
  test = await openTestControl(stage)
  await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] })
  passing = passTime()
  await deployShop()
})
afterAll(async () => {
  stop.abort()
  await passing
  await test[Symbol.asyncDispose]()
})

/** What was asked for takes time in the cluster, which passes meanwhile. */
const passTime = async (): Promise<void> => {
  while (!stop.signal.aborted) await stage.pass(20)
}

/** Something that can be looked at and changed, with a secret in it. */
const deployShop = async (): Promise<void> => {
  const compose =
    'name: shop\nservices: { web: { image: "web:1", secrets: [key] } }\nsecrets: { key: { file: ./key } }\n'
  const body = { kind: 'deploy' as const, project: uploadOf(compose, { '/srv/shop/key': planted }) }
  const client = test.client(await addPerson(test, { name: 'deployer', grants: [{ role: 'deployer' }] }))
  const params = { app: 'shop', environment: 'test' }
  const { operation } = await client.call('startDeployment', { params, body }, never)
  for await (const _ of client.follow('followOperation', { params: { ...params, operation } }, never));
}

interface Sent {
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

const samples: Readonly<Record<string, unknown>> = { app: 'shop', environment: 'test', number: 1, name: 'root' }

/** Half of what is sent is right, so that handlers are reached; the paths lead to what is there more often than not. */
const arbitrarySent = ({ params, query, body }: Route): fc.Arbitrary<Sent> => {
  const part = (schema: Route['params'] | Route['body']) =>
    schema === undefined ? fc.constant({}) : arbitraryInput(schema)
  const known = part(params).map((value) => {
    const given = value as Sent['params']
    return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, samples[key] ?? each]))
  })
  const objects = (value: fc.Arbitrary<unknown>) => value.map((each) => each as Sent['query'])
  return fc.record({
    params: objects(fc.oneof({ weight: 3, arbitrary: known }, { weight: 1, arbitrary: part(params) })),
    query: objects(fc.oneof(part(query), part(query).chain(spoil))),
    body: fc.oneof(part(body), part(body).chain(spoil)),
  })
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Streams are read as far as they have come: some go on for as long as somebody listens. */
const readSome = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch {
    return text
  }
  return text
}

const streamMs = 150

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const send = async (route: Route, { params, query, body }: Sent, token: string): Promise<Answer> => {
  const path = route.path.replaceAll(/:([a-z]+)/g, (_match, key: string) =>
    encodeURIComponent(toText(params[key] ?? 'x')),
  )
  const pairs = Object.entries(query).map(([key, value]): [string, string] => [key, toText(value)])
  const headers = {
    authorization: `Bearer ${token}`,
    'if-match': '"1"',
    'x-atoll-build': JSON.stringify({ service: 'web', args: { KEY: planted } }),
    ...(route.upload === undefined ? { 'content-type': 'application/json' } : { 'content-type': route.upload }),
  }
  const url = `${test.url}${path}?${new URLSearchParams(pairs).toString()}`
  const payload = route.method === 'GET' ? {} : { body: route.upload === undefined ? JSON.stringify(body) : planted }
  const signal = AbortSignal.timeout(route.kind === 'json' ? 60_000 : streamMs)
  const response = await fetch(url, { method: route.method, headers, signal, ...payload })
  return { status: response.status, text: await readSome(response), headers: response.headers }
}

/** A stream that has nothing to say yet says not even that it is there, to who does not wait. */
const isSilent = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

describe.each(all)('%s', (_name, route) => {
  it('answers whatever it is sent with what it promised or with a problem, and tells no secret', async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySent(route), async (sent) => {
        const token = await addPerson(test, { name: `p${(people += 1)}`, grants: [{ role: 'owner' }] })
        const answer = await send(route, sent, token).catch((error: unknown) => {
          if (route.kind === 'json' || !isSilent(error)) throw error
          return undefined
        })
        if (answer === undefined) return
        const { status, text, headers } = answer
        expect(status, text).toBeLessThan(500)
        expect(Object.keys(safetyHeaders).filter((name) => headers.get(name) === null)).toEqual([])
        for (const secret of [planted, plantedBase64, token]) expect(text).not.toContain(secret)
        const problem = status < 400 ? undefined : failure.parse(JSON.parse(text))
        expect(problem?.status ?? status).toBe(status)
      }),
      { numRuns: route.kind === 'json' ? requests.json : requests.stream },
    )
  }, 120_000)
})

it('none of it is in the log, nor in the audit', async () => {
  const owner = test.client(await addPerson(test, { name: 'reader', grants: [{ role: 'owner' }] }))
  const audit = (await owner.call('listAudit', { query: { limit: 200 } }, never)).items
  expect(audit.length).toBeGreaterThan(5)
  for (const text of [JSON.stringify(test.log), JSON.stringify(audit)]) {
    expect(text).not.toContain(planted)
    expect(text).not.toContain(plantedBase64)
    expect(text).not.toMatch(/atoll_[a-z]_[\w-]{43}/)
  }
})
