import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import type { GivenTable } from './door.ts'
import { keepMirror } from './keep-mirror.ts'
import { mirrorAgentSocket } from './render/mirror.ts'
import type { HostCertificate, RoutedEnvironment } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { configIn } from './testing/config.ts'
import { findProcesses } from './testing/mirrors.ts'
import { askStatus, giveTable, startRunning, type RunningIngress } from './testing/running.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const live = new AbortController().signal
let stack: AsyncDisposableStack
let config: Config
/** An app that asks about its requests and has copies of them, and one that does nothing of it. */
let [shop, plain]: RoutedEnvironment[] = []
let certificates: readonly HostCertificate[]
let lines: string[]
let copies: number

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  ;[lines, copies] = [[], 0]
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  config = await configIn(folder)
  const web = stack.use(await startTasks(['127.0.0.1']))
  const other = await startTasks(['127.0.0.1'], () => (request, response) => {
    // Who is asked gets another path than who has copies.
    if (request.url === '/') copies += 1
    response.writeHead(204).end()
  })
  const { port } = stack.use(other)
  const both = `, compression: true, forward_auth: {service: other, port: ${port}, path: /may}, mirror: {service: other, port: ${port}}`
  const environment = (name: string, rest: string) =>
    environmentOf(
      `{name: ${name}, services: {other: {image: x}, web: {image: x, x-atoll: {routes: [{host: ${name}.example.org, port: ${web.port}${rest}}]}}}}`,
      { endpoints: { web: endpointsAt('127.0.0.1'), other: endpointsAt('127.0.0.1') } },
    )
  ;[shop, plain] = [environment('shop', both), environment('plain', '')]
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

const ask = (name: string): Promise<number> => askStatus(config, { host: `${name}.example.org` })

const listAgents = (): Promise<readonly number[]> => findProcesses(mirrorAgentSocket(config))

test('an ingress sends copies by a process of its own while there is a route of them, at once after each new table', async () => {
  const { door, end } = await start()
  await door.give(give('0', plain), live)
  expect([await ask('plain'), await listAgents()]).toEqual([200, []])
  for (let version = 1; version <= 4; version += 1) {
    await door.give(give(String(version), shop, ...(version % 2 === 0 ? [plain] : [])), live)
    expect(await ask('shop')).toBe(200)
    await poll(() => copies).toBe(version)
  }
  expect(await listAgents()).toHaveLength(1)
  await end()
  expect(await listAgents()).toEqual([])
  const second = await start()
  await poll(() => ask('shop').catch(String)).toBe(200)
  await poll(() => copies).toBeGreaterThan(4)
  await second.end()
  expect(await listAgents()).toEqual([])
})

interface Line {
  readonly event: string
  readonly dropped?: number
}

const told = (): readonly Line[] => lines.map((line) => JSON.parse(line) as Line)

test('a mirroring agent that is killed is started again; nobody feels it, and copies that were lost are told of', async () => {
  const { door, end } = await start()
  await door.give(give('1', shop), live)
  let asked = 0
  const over = new AbortController()
  const seen = new Set<number>()
  const work = (async () => {
    for (; !over.signal.aborted; asked += 1) seen.add(await ask('shop'))
  })()
  for (let kills = 0; kills < 2; kills += 1) {
    await poll(listAgents).toHaveLength(1)
    const [pid = 0] = await listAgents()
    const before = copies
    process.kill(pid, 'SIGKILL')
    await poll(() => copies).toBeGreaterThan(before + 5)
  }
  over.abort()
  await work
  expect([...seen]).toEqual([200])
  const count = async () => (await door.readTally({ app: 'shop', environment: 'production' }, live)).routes
  // Neither copies nor questions are requests of visitors.
  await poll(count).toMatchObject([{ route: 'shop.example.org/', requests: asked, failed: 0 }])
  await end()
  await poll(() => told().find(({ event, dropped }) => event === 'mirroring' && dropped !== undefined)).toMatchObject({
    app: 'shop/production',
    service: 'other',
    route: 'shop.example.org/',
  })
})

test('who sends copies ends a while after the last route of them', async () => {
  const { program } = config.mirror
  const kept = stack.use(keepMirror({ program, runFolder: config.folder, idleMs: 50, log: () => undefined }))
  const list = () => findProcesses(mirrorAgentSocket({ runFolder: config.folder }))
  await kept.want(true)
  expect(await list()).toHaveLength(1)
  await kept.want(false)
  await poll(list).toEqual([])
})
