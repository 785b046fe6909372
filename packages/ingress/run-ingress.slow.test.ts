import { mkdtemp, rm, stat } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import { doorIn, openDoorOf, type Door, type GivenTable } from './door.ts'
import type { IngressProgram } from './run-ingress.ts'
import { askSocket } from './sockets/ask-socket.ts'
import type { RoutedEnvironment, RouteTable } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { configIn } from './testing/config.ts'
import { askStatus, giveTable, startRunning, type RunningIngress } from './testing/running.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { echo, startTasks } from './testing/tasks.ts'

/** Machines are shared, and a start waits for its networks first. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const live = new AbortController().signal
let stack: AsyncDisposableStack
let config: Config
let table: RouteTable
const lines: string[] = []
/** Answers of `/late`, that wait for a word of the test. */
let waiting: (() => void)[] = []
const shop = { name: 'shop', subnet: '10.64.0.0/20' }

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  waiting = []
  const handle: (task: string) => RequestListener = (task) => (request, response) => {
    if (request.url === '/late') waiting.push(() => response.end('late'))
    else echo(task)(request, response)
  }
  const { port } = stack.use(await startTasks(['127.0.0.1'], handle))
  config = await configIn(folder)
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: ${port}}]}}}}`
  const environments = [environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })]
  table = { environments, certificates: (await issueFor(['a.example.org'])).certificates }
})
afterEach(() => stack.disposeAsync())

const give = (version: string, change: Partial<RouteTable> = {}): GivenTable =>
  giveTable(version, { ...table, ...change }, [shop])

const start = (parts: Pick<IngressProgram, 'readNetworks'> = {}): RunningIngress =>
  startRunning({ config, writeLine: (line) => lines.push(line), ...parts }, stack)

const ask = (host = 'a.example.org', path = '/'): Promise<number> => askStatus(config, { host, path })

test('an ingress serves what it is given, and what it kept when it is started again', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toEqual({ networks: [] })
  expect(await first.door.give(give('1'), live)).toEqual({ version: '1', networks: [shop] })
  await poll(() => ask().catch(String)).toBe(200)
  const isCounted = async () => (await tally(first.door)).routes
  await poll(isCounted).toMatchObject([{ route: 'a.example.org/', statuses: { '2xx': 1 }, failed: 0 }])
  expect((await stat(join(config.folder, 'table.json'))).mode & 0o777).toBe(0o600)
  await first.end()
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  const second = start()
  await poll(() => second.door.state(live).catch(() => undefined)).toEqual({ version: '1', networks: [shop] })
  await poll(() => ask().catch(String)).toBe(200)
})

const shopProduction = { app: 'shop', environment: 'production' }
const tally = (door: Door) => door.readTally(shopProduction, live)

test('what was counted goes on over an end in good order, with what was under way meanwhile', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toBeDefined()
  await first.door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  const begun = await tally(first.door)
  const late = ask('a.example.org', '/late')
  await poll(() => waiting).toHaveLength(1)
  const ended = first.end()
  let answered = 2
  const isDeaf = async (): Promise<unknown> => {
    const status = await ask().catch(String)
    if (status === 200) answered += 1
    return status
  }
  await poll(isDeaf).toMatch('ECONN')
  for (const answer of waiting) answer()
  expect(await late).toBe(200)
  await ended
  const second = start()
  await poll(() => ask().catch(String)).toBe(200)
  await poll(async () => (await tally(second.door)).routes).toMatchObject([{ requests: answered + 1, failed: 0 }])
  const told = await tally(second.door)
  expect(told.life).toBe(begun.life)
  expect(told.moment).toBeGreaterThan(begun.moment)
})

test('a request that is still under way when there is no more time was cut', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toBeDefined()
  await first.door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  const { life } = await tally(first.door)
  const late = ask('a.example.org', '/late').catch(String)
  await poll(() => waiting).toHaveLength(1)
  await first.end()
  expect(await late).toContain('Error')
  const second = start()
  await poll(() => ask().catch(String)).toBe(200)
  await poll(async () => (await tally(second.door)).routes).toMatchObject([{ requests: 3, failed: 1, cut: 1 }])
  expect((await tally(second.door)).life).toBe(life)
})

test('a crash is another life, whatever was kept before', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toBeDefined()
  await first.door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  const { life } = await tally(first.door)
  await first.end()
  const second = start()
  await poll(() => ask().catch(String)).toBe(200)
  expect((await tally(second.door)).life).toBe(life)
  const info = await askSocket(join(config.runFolder, 'master.sock'), 'show proc')
  const crashed = second.ended.catch(String)
  for (const [, pid] of info.matchAll(/^(\d+)\s+(?:worker|master)/gm)) process.kill(Number(pid), 'SIGKILL')
  expect(await crashed).toContain('run HAProxy: it has ended')
  const third = start()
  await poll(() => ask().catch(String)).toBe(200)
  expect((await tally(third.door)).life).not.toBe(life)
})

test('no task is asked before the ingress is in its network, nor once it is not: who else has its address there?', async () => {
  let networks: readonly string[] = ['192.0.2.7/24']
  const { door } = start({ readNetworks: () => networks })
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1'), live)
  expect(await ask()).toBe(503)
  const isCounted = async () => (await door.readTally({ app: 'shop', environment: 'production' }, live)).routes
  const workersOf = () => lines.filter((line) => line.includes('New worker')).length
  const workers = workersOf()
  networks = ['192.0.2.7/24', '127.0.0.1/8']
  await poll(() => ask()).toBe(200)
  networks = ['192.0.2.7/24']
  await poll(() => ask()).toBe(503)
  networks = ['127.0.0.9/20']
  await poll(() => ask()).toBe(200)
  expect(await isCounted()).toMatchObject([{ redispatches: 0, retries: 0 }])
  expect(workersOf()).toBe(workers)
})

test('an ingress that starts listens once it is in the networks of its tasks, as others answer until then', async () => {
  const { door, end } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1'), live)
  await end()
  let networks: readonly string[] = []
  let looks = 0
  config = { ...config, nearMs: 30_000 }
  const again = start({ readNetworks: () => ((looks += 1), networks) })
  await poll(() => again.door.state(live).catch(() => undefined)).toMatchObject({ version: '1' })
  const given = again.door.give(give('2'), live)
  await poll(() => looks).toBeGreaterThan(5)
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  networks = ['127.0.0.1/8']
  expect(await given).toMatchObject({ version: '2' })
  expect(await ask()).toBe(200)
})

/** Another app, at a host of its own; spoiled as no compose file can say it. */
const farm = (host: string, on: readonly string[] = []): RoutedEnvironment => {
  const [shopRoutes] = table.environments
  const routes = (shopRoutes?.routes ?? []).flatMap((route) =>
    route.kind === 'http' ? [{ ...route, match: { ...route.match, host }, retries: { attempts: 3, on } }] : [],
  )
  return { app: 'farm', environment: 'production', routes, endpoints: { web: endpointsAt('127.0.0.1') } }
}

test('what HAProxy refuses is told with its reason, and keeps its old routes; all others have their newest', async () => {
  const { door, end } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1', { environments: [...table.environments, farm('farm.example.org')] }), live)
  await poll(() => ask('farm.example.org').catch(String)).toBe(200)
  const [shopNow] = table.environments
  const moved = {
    app: 'shop',
    environment: 'staging',
    routes: farm('c.example.org').routes,
    endpoints: shopNow?.endpoints ?? {},
  }
  const spoiled = { environments: [...table.environments, moved, farm('new.example.org', ['nonsense'])] }
  const refused = [
    {
      kind: 'environment',
      app: 'farm',
      environment: 'production',
      isKept: true,
      reason: expect.stringMatching(/new\.example\.org\/ of web in farm\/production: refused: .*nonsense/) as string,
    },
  ]
  expect(await door.give(give('2', spoiled), live)).toEqual({ version: '2', networks: [shop], refused })
  expect(await door.state(live)).toEqual({ version: '2', networks: [shop], refused })
  const hosts = ['a.example.org', 'c.example.org', 'farm.example.org', 'new.example.org']
  await poll(() => Promise.all(hosts.map((host) => ask(host)))).toEqual([200, 200, 200, 404])
  const told = () => lines.filter((line) => line.includes('"event":"refused"') && line.includes('"app":"farm"'))
  expect(told()).toHaveLength(1)
  await door.give(give('2a', { environments: spoiled.environments.toReversed() }), live)
  expect(told()).toHaveLength(1)
  await end()
  const second = start()
  // As it was left; and whoever knows the whole is asked for it again.
  await poll(() => second.door.state(live).catch(() => undefined)).toEqual({ version: '2a in part', networks: [shop] })
  await poll(() => ask('farm.example.org').catch(String)).toBe(200)
  expect(await second.door.give(give('2', spoiled), live)).toEqual({ version: '2', networks: [shop], refused })
  expect(await second.door.give(give('3'), live)).toEqual({ version: '3', networks: [shop] })
  await poll(() => ask('farm.example.org')).toBe(404)
})

test('a certificate that cannot be loaded keeps nobody from a newer table, and its host has the one before', async () => {
  const { door } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1'), live)
  await poll(() => ask().catch(String)).toBe(200)
  const certificates = [
    { host: 'a.example.org', pem: 'no certificate', isPublic: true },
    { host: 'farm.example.org', pem: 'none either', isPublic: true },
  ]
  const environments = [...table.environments, farm('farm.example.org')]
  const { refused = [], ...state } = await door.give(give('2', { certificates, environments }), live)
  expect(state).toEqual({ version: '2', networks: [shop] })
  expect(refused).toMatchObject([
    {
      kind: 'certificate',
      host: 'a.example.org',
      isKept: true,
      reason: expect.stringContaining('a.example.org.pem') as string,
    },
    { kind: 'certificate', host: 'farm.example.org', isKept: false },
  ])
  // Nobody is sent to TLS that nobody trusts, or that is not there.
  await poll(() => Promise.all([ask(), ask('farm.example.org')])).toEqual([200, 200])
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
