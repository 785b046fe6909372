import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sitesOf } from '@atoll/spec'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import type { Door, GivenTable } from './door.ts'
import type { HostCertificate, RoutedEnvironment } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { configIn } from './testing/config.ts'
import { askStatus, giveTable, startRunning } from './testing/running.ts'
import { writeSite } from './testing/sites.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const live = new AbortController().signal
let stack: AsyncDisposableStack
let config: Config
let door: Door
let end: () => Promise<void>
/** An app beside, with a task. */
let shop: RoutedEnvironment
let certificates: readonly HostCertificate[]
const lines: string[] = []

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const { port } = stack.use(await startTasks(['127.0.0.1']))
  config = await configIn(folder)
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: ${port}}]}}}}`
  shop = environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })
  certificates = (await issueFor(['a.example.org'])).certificates
  ;({ door, end } = startRunning({ config, writeLine: (line) => lines.push(line) }, stack))
})
afterEach(() => stack.disposeAsync())

const give = (version: string, environments: readonly RoutedEnvironment[]): GivenTable =>
  giveTable(version, { environments, certificates })

const ask = (host: string): Promise<number> => askStatus(config, { host })

const pinned = `site@sha256:${'a'.repeat(64)}`
const sites = `{name: sites, services: {web: {image: x, x-atoll: {routes: [{host: s.example.org, static: {image: '${pinned}', path: /site}}]}}}}`

/** Processes that serve files of this test's folder. */
const listServing = async (): Promise<readonly string[]> => {
  const found = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(async (pid) => {
      const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return argv.includes(config.static.folder) ? [pid] : []
    })
  return (await Promise.all(found)).flat()
}

interface Line {
  readonly event: string
}

const parseLine = (line: string): Line => JSON.parse(line) as Line
const isRequest = ({ event }: Line): boolean => event === 'request'

test('files are served by a process of its own while there is a route of them, and again when it was killed', async () => {
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(give('1', [shop]), live)
  expect(await listServing()).toEqual([])
  const environment = environmentOf(sites)
  const [site = { id: '', image: '', path: '' }] = sitesOf(environment.routes)
  const given = { ...give('2', [shop, environment]), sites: [site] }
  expect(await door.give(given, live)).toMatchObject({ version: '2', sites: [site] })
  expect(await ask('s.example.org')).toBe(503)
  await writeSite(config.static.folder, site.id, { '/index.html': 'home' })
  expect(await ask('s.example.org')).toBe(200)
  const [pid = ''] = await listServing()
  process.kill(Number(pid), 'SIGKILL')
  await poll(() => ask('s.example.org')).toBe(200)
  expect(await listServing()).toHaveLength(1)
  expect(await ask('a.example.org')).toBe(200)
  const isCounted = async () => (await door.readTally({ app: 'sites', environment: 'production' }, live)).routes
  await poll(isCounted).toMatchObject([{ route: 's.example.org/', statuses: { '2xx': 2 } }])
  await poll(() => lines.map(parseLine).find(isRequest)).toMatchObject({ service: 'web', status: 503, end: '--' })
  await end()
  expect(await listServing()).toEqual([])
})
