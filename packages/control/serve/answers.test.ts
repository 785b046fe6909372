import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { routes } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { z } from 'zod'
import { addPerson, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { arbitraryInput } from './arbitrary-input.ts'
import { safetyHeaders } from './safety-headers.ts'

const all = Object.entries<Route>(routes) as readonly [RouteName, Route][]
let test: TestControl

beforeAll(async () => {
  test = await openTestControl(openStage())
})
afterAll(() => test[Symbol.asyncDispose]())

const headerNames = Object.keys(safetyHeaders)
const lacking = (headers: Readonly<Record<string, unknown>>): readonly string[] =>
  headerNames.filter((name) => headers[name] === undefined)

const pathOf = ({ path }: Route): string => path.replaceAll(/:([a-z]+)/g, 'x')

describe('every answer says how it may be used', () => {
  it.each(all)('%s, refused or not', async (_name, route) => {
    const { headers } = await test.server.inject({ method: route.method, url: pathOf(route) })
    expect(lacking(headers)).toEqual([])
    const isOwn = headers['cache-control'] === 'no-store'
    expect(isOwn).toBe(true)
  })

  const strange = [
    { method: 'GET', url: '/nothing/here' },
    { method: 'GET', url: '/v1/people/%E0%A4%A' },
    { method: 'PATCH', url: '/v1/people/x' },
    { method: 'OPTIONS', url: '/v1/me' },
    { method: 'HEAD', url: '/v1/me' },
    { method: 'GET', url: `/v1/people/${'x'.repeat(400)}` },
  ] as const
  it.each(strange)('$method $url, which is no address', async ({ method, url }) => {
    const { statusCode, headers } = await test.server.inject({ method, url })
    expect(lacking(headers)).toEqual([])
    expect(statusCode).toBeGreaterThanOrEqual(400)
    expect(statusCode).toBeLessThan(500)
    expect(headers['content-type']).toContain('application/problem+json')
  })

  it.each([
    ['is no HTTP', 'GARBAGE\r\n\r\n', 400],
    ['has more headers than are read', `GET /v1/me HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ])('what %s', async (_what, request, status) => {
    const socket = connect(Number(new URL(test.url).port), '127.0.0.1')
    socket.write(request)
    const answer = await text(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(headerNames.filter((name) => !answer.toLowerCase().includes(`\r\n${name}: `))).toEqual([])
    expect(answer).toContain('application/problem+json')
  })

  it('a stream too', async () => {
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'viewer' }] })
    const url = '/v1/apps/shop/environments/test/logs'
    const { headers } = await test.server.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } })
    expect(lacking(headers)).toEqual([])
  })
})

/** Lists that do not page, each with what keeps it short. */
const shortLists: Readonly<Record<string, string>> = {
  getTimeline: 'of one environment, of the deployments and tasks that are still known',
  diffReleases: 'the services of one app',
  listVolumes: 'the volumes of one environment',
  getStats: 'the tasks of one environment',
}

const keysOf = (schema: z.ZodType | undefined): readonly string[] =>
  schema !== undefined && 'shape' in schema ? Object.keys(schema.shape as object) : []

it('every list comes in pages, or is known to be short', () => {
  const lists = all.filter(([, { kind, reply }]) => kind === 'json' && keysOf(reply).includes('items'))
  const whole = lists.filter(([, { query, reply }]) => {
    const asked = keysOf(query)
    return !(asked.includes('limit') && asked.includes('after') && keysOf(reply).includes('next'))
  })
  expect(lists.length).toBeGreaterThan(5)
  expect(whole.map(([name]) => name).filter((name) => !(name in shortLists))).toEqual([])
})

/** Changes of what is there already that no revision guards, each with the reason why nobody's change is lost by it. */
const unguarded: Readonly<Record<string, string>> = {
  signOut: 'of the session that asks',
  changePassword: 'takes the password before',
  removeToken: 'a token is never changed, only ended',
  removeInvitation: 'an invitation is never changed, only ended',
  removeServerInvitation: 'what it is for is never changed',
  removeTotp: 'takes away all there is',
  removeTeam: 'refused while there is something in it',
  addTeamPerson: 'says the one role of one person, and nothing of others',
  removeTeamPerson: 'the same',
  addTeamApp: 'says where one app belongs, and is refused when it belongs elsewhere',
  removeTeamApp: 'the same',
  removeNode: 'refused while anything is on it',
  removeOidc: 'takes away all there is',
  removeAcme: 'the same',
  removeCertificate: 'a certificate is never changed, only removed',
}

it('whoever changes what is there says which revision was meant, or nothing can be lost', () => {
  const changing = all.filter(([, { method }]) => method === 'PUT' || method === 'DELETE')
  const open = changing.filter(([, { headers }]) => headers?.['if-match'] === undefined)
  expect(changing.length).toBeGreaterThan(5)
  expect(open.map(([name]) => name).filter((name) => !(name in unguarded))).toEqual([])
})

/** Some rules of a body stand in no description of it, so one that is good is looked for. */
const findValidBody = ({ body }: Route): object | undefined => {
  if (body === undefined) return undefined
  const good = fc.sample(arbitraryInput(body), { numRuns: 2_000, seed: 1 }).find((each) => body.safeParse(each).success)
  if (typeof good !== 'object' || good === null) throw new Error('nothing that was made is good')
  return good
}

describe.each(all.filter(([, { headers }]) => headers?.['if-match'] !== undefined))('%s', (_name, route) => {
  it('is refused without a revision, and with one that is over', async () => {
    await using own = await openTestControl(openStage())
    const token = await addPerson(own, { name: 'root', grants: [{ role: 'owner' }] })
    await addPerson(own, { name: 'x', grants: [{ role: 'viewer' }] })
    const payload = findValidBody(route)
    const ask = async (headers: Readonly<Record<string, string>>) => {
      const authorization = `Bearer ${token}`
      const url = pathOf(route)
      const { statusCode } = await own.server.inject({
        method: route.method,
        url,
        headers: { authorization, ...headers },
        ...(payload === undefined ? {} : { payload }),
      })
      return statusCode
    }
    expect(await ask({})).toBe(428)
    expect(await ask({ 'if-match': '"999"' })).toBe(412)
  })
})
