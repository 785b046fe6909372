import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import { doorIn, openDoorOf, type GivenTable } from './door.ts'
import { runIngress } from './run-ingress.ts'
import type { RouteTable } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { haproxy } from './testing/haproxy.ts'
import { freePort } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

/** Machines are shared, and a start waits for its networks first. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const live = new AbortController().signal
let stack: AsyncDisposableStack
let config: Config
let table: RouteTable
const lines: string[] = []
const shop = { name: 'shop', subnet: '10.64.0.0/20' }

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const { port } = stack.use(await startTasks(['127.0.0.1']))
  config = {
    program: await haproxy(),
    folder,
    runFolder: join(folder, 'run'),
    healthPath: join(folder, 'health.sock'),
    addresses: ['127.0.0.1'],
    httpPort: await freePort(),
    httpsPort: await freePort(),
    graceMs: 2_000,
    patienceMs: 300,
    maxConnections: 100,
  }
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: ${port}}]}}}}`
  const environments = [environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })]
  table = { environments, certificates: (await issueFor(['a.example.org'])).certificates }
})
afterEach(() => stack.disposeAsync())

/** As one that nobody trusts, so that HTTP is answered. */
const give = (version: string, change: Partial<RouteTable> = {}): GivenTable => {
  const certificates = table.certificates.map((certificate) => ({ ...certificate, isPublic: false }))
  return { version, networks: [shop], table: JSON.stringify({ ...table, certificates, ...change }) }
}

const start = () => {
  const stop = new AbortController()
  const ended = runIngress({ config, writeLine: (line) => lines.push(line) }, stop.signal)
  const end = async (): Promise<void> => {
    stop.abort(new Error('enough'))
    await ended
  }
  stack.defer(end)
  return { end, door: openDoorOf(doorIn(config.folder)) }
}

const ask = async (host = 'a.example.org'): Promise<number> => {
  const { httpPort: port } = config
  const request = requestHttp({ host: '127.0.0.1', port, headers: { host }, agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

test('an ingress serves what it is given, and what it kept when it is started again', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toEqual({ networks: [] })
  expect(await first.door.give(give('1'), live)).toEqual({ version: '1', networks: [shop] })
  await poll(() => ask().catch(String)).toBe(200)
  const shopProduction = { app: 'shop', environment: 'production' }
  const isCounted = async () => (await first.door.readTally(shopProduction, live)).routes
  await poll(isCounted).toMatchObject([{ route: 'a.example.org/', statuses: { '2xx': 1 }, failed: 0 }])
  expect((await stat(join(config.folder, 'table.json'))).mode & 0o777).toBe(0o600)
  await first.end()
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  const second = start()
  await poll(() => second.door.state(live).catch(() => undefined)).toEqual({ version: '1', networks: [shop] })
  await poll(() => ask().catch(String)).toBe(200)
})

test('what HAProxy refuses is told with its reason, and what was there before goes on, also after a start', async () => {
  const { door, end } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  const broken = [{ host: 'a.example.org', pem: 'no certificate', isPublic: false }]
  await expect(door.give(give('2', { certificates: broken }), live)).rejects.toThrow('a.example.org.pem')
  expect(await door.state(live)).toMatchObject({
    version: '1',
    trouble: expect.stringContaining('a.example.org') as string,
  })
  expect(await ask()).toBe(200)
  await end()
  start()
  await poll(() => ask().catch(String)).toBe(200)
})

test('a request without TLS is redirected only where everybody trusts the certificate', async () => {
  const { door } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  await door.give({ ...give('2'), table: JSON.stringify(table) }, live)
  expect(await ask()).toBe(308)
})

test('an agent that finds nobody is told so', async () => {
  await expect(openDoorOf(doorIn(config.folder)).state(live)).rejects.toMatchObject({
    code: 'not-running',
    retry: true,
  })
})
