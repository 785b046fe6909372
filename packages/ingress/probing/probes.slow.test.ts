import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { request as requestHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeTally } from '@atoll/engine'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from '../config.ts'
import type { Door } from '../door.ts'
import { issueFor } from '../testing/certificates.ts'
import { configIn } from '../testing/config.ts'
import { startRunning } from '../testing/running.ts'
import { endpointsAt, environmentOf } from '../testing/table.ts'
import { startTasks } from '../testing/tasks.ts'

/** Machines are shared. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })
const live = new AbortController().signal
const shop = { app: 'shop', environment: 'production' }

interface Seen {
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
  /** A port of HAProxy's: the same one is the same connection. */
  readonly from: number
}

let stack: AsyncDisposableStack
let config: Config
let port = 0
let door: Door
let end: () => Promise<void>
let lines: string[]
/** What tasks were asked. */
let seen: Seen[]
/** What tasks do with it. */
let manner: 'answer' | 'error' | 'silence' | 'cut'

const handle: RequestListener = (request, response) => {
  seen.push({ url: request.url ?? '', headers: request.headers, from: request.socket.remotePort ?? 0 })
  if (manner === 'answer') response.end('well')
  else if (manner === 'error') response.writeHead(503).end()
  else if (manner === 'cut')
    response.writeHead(200, { 'content-length': 9 }).write('half', () => request.socket.destroy())
}

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  lines = []
  seen = []
  manner = 'answer'
  const folder = await mkdtemp(join(tmpdir(), 'atoll-probes-'))
  stack.defer(() => rm(folder, { recursive: true }))
  port = stack.use(await startTasks(['127.0.0.1'], () => handle)).port
  config = await configIn(folder)
  ;({ door, end } = startRunning({ config, writeLine: (line) => lines.push(line) }, stack))
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
})
afterEach(() => stack.disposeAsync())

let version = 0
/** Routes as a compose file has them, `PORT` for that of the tasks. */
const serve = async (routes: readonly string[], at = ['127.0.0.1']): Promise<void> => {
  const list = routes.join(', ').replaceAll('PORT', String(port))
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${list}]}}}}`
  const environments = [environmentOf(text, { endpoints: { web: endpointsAt(...at) } })]
  const { certificates } = await issueFor(['*.example.org'])
  version += 1
  await door.give(
    { version: String(version), networks: [], table: JSON.stringify({ environments, certificates }) },
    live,
  )
}

const tally = (probeMs?: number): Promise<NodeTally> =>
  door.readTally({ ...shop, ...(probeMs !== undefined && { probeMs }) }, live)
const probesOf = async (route: string) => (await tally()).probes?.find((one) => one.route === route)
const aMinute = 60_000

const visit = async (headers: Readonly<Record<string, string>> = {}, path = '/'): Promise<number> => {
  const host = 'a.example.org'
  const request = requestHttps({
    host: '127.0.0.1',
    port: config.httpsPort,
    servername: host,
    path,
    agent: false,
    rejectUnauthorized: false,
    headers: { host, ...headers },
  }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

test('routes are asked as visitors would, as long as that is wanted, and are in no number of the visitors', async () => {
  await serve([
    '{host: a.example.org, port: PORT, access_log: all}',
    '{host: a.example.org, path: /beta, port: PORT, header: {X-Beta: "yes"}, query: {try: "*"}}',
    '{host: "*.example.org", path_exact: /login, port: PORT, sticky: cookie}',
  ])
  expect(await visit()).toBe(200)
  expect(await tally()).toMatchObject({ probes: [] })
  expect(seen).toHaveLength(1)
  await tally(aMinute)
  const beta = 'a.example.org/beta (header x-beta: yes, query try=*)'
  for (const route of ['a.example.org/', beta, '*.example.org = /login'])
    await poll(async () => (await probesOf(route))?.answered).toBeGreaterThan(2)
  const told = await tally(0)
  for (const probes of told.probes ?? []) expect(probes).toMatchObject({ failed: 0, gapMs: 0 })
  expect(told).toMatchObject({
    routes: [{ route: 'a.example.org/', requests: 1 }],
    probing: { everyMs: 1_000, unprobed: [] },
  })
  const [visitor, ...probes] = seen
  expect(visitor?.headers['user-agent']).toBeUndefined()
  expect(new Set(probes.map(({ url }) => url))).toEqual(new Set(['/', '/beta?try=atoll-probe', '/login']))
  for (const { headers } of probes)
    expect(headers).toMatchObject({ 'user-agent': 'atoll-probe', 'x-forwarded-proto': 'https' })
  for (const { headers } of probes) expect(headers).not.toHaveProperty('x-atoll-probe')
  expect(lines.filter((line) => line.includes('"event":"request"'))).toHaveLength(1)
  expect(await tally()).not.toHaveProperty('probing')
})

test('what an app answers is an answer, and what the ingress answers for it is none, nor is half of one, nor silence', async () => {
  await serve(['{host: a.example.org, port: PORT, retries: {attempts: 0}}'])
  manner = 'error'
  await tally(aMinute)
  await poll(async () => (await probesOf('a.example.org/'))?.answered).toBeGreaterThan(1)
  expect(await probesOf('a.example.org/')).toMatchObject({ failed: 0, gapMs: 0 })
  const failed = async () => (await probesOf('a.example.org/'))?.failed ?? 0
  for (const bad of ['cut', 'silence'] as const) {
    const before = await failed()
    manner = bad
    await poll(failed).toBeGreaterThan(before)
  }
  manner = 'answer'
  const before = await failed()
  // Another place of its tasks, which visitors and probes are told of at once.
  await serve(['{host: a.example.org, port: PORT, retries: {attempts: 0}}'], ['127.0.0.77'])
  await poll(failed).toBeGreaterThan(before + 1)
  await serve(['{host: a.example.org, port: PORT, retries: {attempts: 0}}'])
  const { answered = 0 } = (await probesOf('a.example.org/')) ?? {}
  await poll(async () => (await probesOf('a.example.org/'))?.answered).toBeGreaterThan(answered)
  const told = await tally()
  expect(told.probes?.[0]?.gapMs).toBeGreaterThan(1_000)
  expect(told.routes).toEqual([])
})

test('a visitor is not kept out by probes, and none can pass for one', async () => {
  await serve(['{host: a.example.org, port: PORT, rate_limit: {requests: 1, per: 1h}}'])
  await tally(aMinute)
  await poll(async () => (await probesOf('a.example.org/'))?.answered).toBeGreaterThan(2)
  expect(await visit({ 'user-agent': 'atoll-probe', 'x-atoll-probe': 'guessed' })).toBe(200)
  expect(await visit({ 'x-atoll-probe': '' })).toBe(429)
  await poll(async () => (await tally()).routes).toMatchObject([{ requests: 2, statuses: { '2xx': 1, '4xx': 1 } }])
  expect(await probesOf('a.example.org/')).toMatchObject({ failed: 0 })
  for (const { headers } of seen) expect(headers).not.toHaveProperty('x-atoll-probe')
})

test('routes that are not probed are named, with the reason', async () => {
  await serve([
    '{host: a.example.org, port: PORT, allow: [10.0.0.0/8]}',
    '{host: a.example.org, path: /x, port: PORT}',
    '{host: a.example.org, path_exact: /x, port: PORT}',
    '{host: a.example.org, path: /post, port: PORT, method: [POST]}',
  ])
  await tally(aMinute)
  await poll(async () => (await probesOf('a.example.org = /x'))?.answered).toBeGreaterThan(0)
  const { probes, probing } = await tally()
  expect(probes?.map(({ route }) => route)).toEqual(['a.example.org = /x'])
  expect(Object.fromEntries((probing?.unprobed ?? []).map(({ route, why }) => [route, why]))).toEqual({
    'a.example.org/': 'does not answer the node itself',
    'a.example.org/x': 'is asked nothing that a more specific one would not answer',
    'POST a.example.org/post': 'takes neither GET nor HEAD',
  })
})

test('reloads cost no probe, an end in good order keeps what was counted, and a wish ends by itself', async () => {
  await serve(['{host: a.example.org, port: PORT}'])
  const { life } = await tally(2_000)
  for (let more = 1; more <= 3; more += 1)
    await serve(['{host: a.example.org, port: PORT}', `{host: a.example.org, path: /${more}, port: PORT}`])
  await poll(async () => (await tally()).probing).toBeUndefined()
  const told = await probesOf('a.example.org/')
  expect(told).toMatchObject({ failed: 0 })
  await tally(aMinute)
  await poll(async () => (await probesOf('a.example.org/'))?.answered).toBeGreaterThan(told?.answered ?? 0)
  const before = await probesOf('a.example.org/')
  await end()
  startRunning({ config, writeLine: () => undefined }, stack)
  await poll(() => tally().catch(() => undefined)).toMatchObject({ life })
  const after = await probesOf('a.example.org/')
  expect(after?.answered).toBeGreaterThanOrEqual(before?.answered ?? 0)
  expect(after).toMatchObject({ failed: 0 })
})
