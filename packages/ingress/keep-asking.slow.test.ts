import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import type { GivenTable } from './door.ts'
import type { HostCertificate, RoutedEnvironment } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { configIn } from './testing/config.ts'
import { keepAsking } from './keep-asking.ts'
import { askStatus, giveTable, startRunning, type RunningIngress } from './testing/running.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const thinkMs = 50
const live = new AbortController().signal
let stack: AsyncDisposableStack
let config: Config
/** An app that asks about its requests, and one that does not. */
let [shop, plain]: RoutedEnvironment[] = []
let certificates: readonly HostCertificate[]
let lines: string[]

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  lines = []
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  config = await configIn(folder)
  const web = stack.use(await startTasks(['127.0.0.1']))
  const auth = await startTasks(['127.0.0.1'], () => (request, response) => {
    const status = request.headers.cookie === 'yes' ? 204 : 401
    // So long that whoever is killed leaves a question open.
    setTimeout(() => response.writeHead(status).end(), thinkMs)
  })
  const question = `forward_auth: {service: auth, port: ${stack.use(auth).port}}`
  const environment = (name: string, rest: string) =>
    environmentOf(
      `{name: ${name}, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [{host: ${name}.example.org, port: ${web.port}${rest}}]}}}}`,
      { endpoints: { web: endpointsAt('127.0.0.1'), auth: endpointsAt('127.0.0.1') } },
    )
  ;[shop, plain] = [environment('shop', `, ${question}`), environment('plain', '')]
  certificates = (await issueFor(['*.example.org'])).certificates
})
afterEach(() => stack.disposeAsync())

const start = async (): Promise<RunningIngress> => {
  const running = startRunning({ config, writeLine: (line) => lines.push(line) }, stack)
  await poll(() => running.door.state(live).catch(() => undefined)).toBeDefined()
  return running
}

const give = (version: string, ...environments: readonly (RoutedEnvironment | undefined)[]): GivenTable =>
  giveTable(version, { environments: environments.filter((each) => each !== undefined), certificates })

const ask = (name: string, cookie = ''): Promise<number> => askStatus(config, { host: `${name}.example.org`, cookie })

const statuses = async (): Promise<readonly number[]> => [await ask('shop'), await ask('shop', 'yes')]

/** Asking agents of this test's folder. */
const listAsking = async (): Promise<readonly number[]> => {
  const found = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(async (pid) => {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
      return argv.includes(config.asking.program) && argv.includes(config.runFolder) ? [Number(pid)] : []
    })
  return (await Promise.all(found)).flat()
}

const countEnds = (): number => lines.filter((line) => line.includes('what asks about requests has ended')).length

test('an ingress asks by a process of its own while there is a route that does, at once after each new table', async () => {
  const { door, end } = await start()
  await door.give(give('0', plain), live)
  expect([await ask('plain'), await listAsking()]).toEqual([200, []])
  for (let version = 1; version <= 4; version += 1) {
    await door.give(give(String(version), shop, ...(version % 2 === 0 ? [plain] : [])), live)
    expect(await statuses()).toEqual([401, 200])
  }
  expect(await listAsking()).toHaveLength(1)
  await end()
  expect(await listAsking()).toEqual([])
  const second = await start()
  await poll(() => ask('shop').catch(String)).toBe(401)
  expect([await statuses(), countEnds()]).toEqual([[401, 200], 0])
  await second.end()
  expect(await listAsking()).toEqual([])
})

test('an asking agent that is killed is started again; until then nobody is let in, and other apps feel nothing', async () => {
  const { door } = await start()
  await door.give(give('1', shop, plain), live)
  expect(await statuses()).toEqual([401, 200])
  const over = new AbortController()
  const seen: Record<'shop' | 'plain', Set<number>> = { shop: new Set(), plain: new Set() }
  const work = async (name: 'shop' | 'plain'): Promise<void> => {
    while (!over.signal.aborted) seen[name].add(await ask(name))
  }
  const workers = Promise.all([work('shop'), work('plain')])
  for (let ends = 1; ends <= 2; ends += 1) {
    const [pid = 0] = await listAsking()
    process.kill(pid, 'SIGKILL')
    await poll(countEnds).toBe(ends)
    await poll(statuses).toEqual([401, 200])
  }
  over.abort()
  await workers
  expect(seen.plain).toEqual(new Set([200]))
  expect(seen.shop).toEqual(new Set([401, 503]))
  expect(await listAsking()).toHaveLength(1)
  const isRefused = (line: string): boolean =>
    line.includes('"status":503') && /"reason":"(?:no asking agent|not asked)"/.test(line)
  await poll(() => lines.filter(isRefused).length).toBeGreaterThan(0)
})

test('an asking agent that no route needs ends after a while, unless one needs it again', async () => {
  await mkdir(config.runFolder)
  const asking = stack.use(keepAsking({ ...config, ...config.asking, log: (line) => lines.push(line), idleMs: 300 }))
  await asking.want(true)
  const before = await listAsking()
  expect(before).toHaveLength(1)
  await asking.want(false)
  await asking.want(true)
  // What was to end it would have come by now.
  await delay(600)
  expect(await listAsking()).toEqual(before)
  await asking.want(false)
  await poll(listAsking).toEqual([])
  await asking.want(true)
  expect(await listAsking()).toHaveLength(1)
  expect(lines).toEqual([])
})
