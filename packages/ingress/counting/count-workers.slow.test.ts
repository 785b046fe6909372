import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readGeneration } from '../sockets/master.ts'
import { render } from '../render.ts'
import { superviseHaproxy } from '../supervise.ts'
import type { Ingress } from '../supervise.ts'
import type { Configuration, IngressSettings } from '../table.ts'
import { haproxy } from '../testing/haproxy.ts'
import { freePort } from '../testing/free-port.ts'
import { endpointsAt, environmentOf, sampleSettings } from '../testing/table.ts'
import { startTasks } from '../testing/tasks.ts'
import type { NodeTally } from '@atoll/engine'

/** Machines are shared. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

let stack: AsyncDisposableStack
let settings: IngressSettings
let port = 0
/** Answers that wait for a word of the test, by path. */
let waiting: Map<string, () => void>
/** A request of those that are answered the second time has come. */
let refused = false

/** A task that answers as it is asked to. */
const handle: RequestListener = (request, response) => {
  const word = new URL(request.url ?? '', 'http://task').searchParams.get('as') ?? ''
  if (word === 'error') response.writeHead(500).end()
  else if (word === 'close') request.socket.destroy()
  else if (word === 'reset') response.end('well', () => request.socket.resetAndDestroy())
  else if (word === 'cut')
    response.writeHead(200, { 'content-length': 9 }).write('half', () => request.socket.destroy())
  else if (word === 'once' && !refused) {
    refused = true
    request.socket.destroy()
  } else if (word === 'wait') waiting.set(request.url ?? '', () => response.end('late'))
  else response.end('well')
}

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  waiting = new Map()
  refused = false
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  port = stack.use(await startTasks(['127.0.0.1', '127.0.0.2'], () => handle)).port
  // No task is found out before it is asked.
  settings = { ...sampleSettings, httpPort: await freePort(), runFolder: folder, checkEveryMs: 60_000 }
})
afterEach(() => stack.disposeAsync())

/** Routes at `/`, at `/closed`, at `/nobody`, and more, so that it is another configuration. */
const configure = (more = 0, tasks: readonly string[] = ['127.0.0.1', '127.0.0.2']): Configuration => {
  const others = Array.from({ length: more }, (_, index) => `{host: a.example.org, path: /${index}, port: ${port}}`)
  const closed = `{host: a.example.org, path: /closed, port: ${port}, maintenance: {page: closed}}`
  const web = [`{host: a.example.org, port: ${port}}`, closed, ...others].join(', ')
  const routes = (list: string) => `image: x, x-atoll: {routes: [${list}]}`
  const nobody = routes(`{host: a.example.org, path: /nobody, port: ${port}}`)
  const text = `{name: shop, services: {web: {${routes(web)}}, nobody: {${nobody}}}}`
  const shop = environmentOf(text, { endpoints: { web: endpointsAt(...tasks) } })
  return render({ environments: [shop], certificates: [] }, settings)
}

const supervise = async (): Promise<Ingress> =>
  stack.use(
    await superviseHaproxy(configure(), {
      program: await haproxy(),
      folder: join(settings.runFolder, 'configurations'),
      runFolder: settings.runFolder,
      reloadEveryMs: 100,
      graceMs: 5_000,
      log: () => undefined,
      onRequest: () => undefined,
    }),
  )

const ask = async (path: string, agent: Agent | false = false): Promise<number | string> => {
  const headers = { host: 'a.example.org' }
  const request = requestHttp({ host: '127.0.0.1', port: settings.httpPort, path, headers, agent }).end()
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    for await (const _ of response);
    return response.statusCode ?? 0
  } catch (error) {
    return String(error)
  }
}

const shop = { app: 'shop', environment: 'production' }
const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }
const routeOf = ({ routes }: NodeTally, path = '/') => routes.find(({ route }) => route === `a.example.org${path}`)

test('what tasks answer, what they do not, and what is answered for them, is told apart', async () => {
  const ingress = await supervise()
  expect(await ingress.readTally(shop)).toMatchObject({ routes: [] })
  for (const word of ['', 'error', 'close', 'cut']) await ask(`/?as=${word}`)
  expect(await ask('/nobody')).toBe(503)
  expect(await ask('/closed')).toBe(503)
  expect(await ask('/')).toBe(200)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(5)
  const tally = await ingress.readTally(shop)
  expect(routeOf(tally)).toMatchObject({ statuses: { ...none, '2xx': 3, '5xx': 2 }, failed: 2, cut: 1, retries: 3 })
  expect(routeOf(tally, '/nobody')).toMatchObject({ requests: 1, statuses: { ...none, '5xx': 1 }, failed: 1, cut: 0 })
  expect(routeOf(tally, '/closed')).toMatchObject({ requests: 1, statuses: { ...none, '5xx': 1 }, failed: 0 })
  expect(await ingress.readTally({ app: 'shop', environment: 'prod' })).toMatchObject({ routes: [] })
})

test('a request that is answered when it is sent again has not failed', async () => {
  const ingress = await supervise()
  expect(await ask('/?as=once')).toBe(200)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(1)
  const told = routeOf(await ingress.readTally(shop))
  expect(told).toMatchObject({ statuses: { ...none, '2xx': 1 }, failed: 0, retries: 1 })
})

test('a task that resets a connection once it has answered has failed nobody', async () => {
  const ingress = await supervise()
  const asked = 50
  for (let sent = 0; sent < asked; sent += 1) expect(await ask('/?as=reset')).toBe(200)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(asked)
  const told = routeOf(await ingress.readTally(shop))
  expect(told).toMatchObject({ statuses: { ...none, '2xx': asked }, failed: 0, cut: 0 })
})

test('a task that takes no connection has failed nobody as long as another does', async () => {
  const ingress = await supervise()
  const gone = configure(0, ['127.0.0.1', '127.0.0.77'])
  expect(await ingress.apply(gone)).toBe('servers')
  for (let sent = 0; sent < 4; sent += 1) expect(await ask('/')).toBe(200)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(4)
  const told = routeOf(await ingress.readTally(shop))
  expect(told).toMatchObject({ statuses: { ...none, '2xx': 4 }, failed: 0 })
  expect(told?.redispatches).toBeGreaterThan(0)
})

test('the slowest is that since the moment one asks for', async () => {
  const ingress = await supervise()
  const slow = ask('/?as=wait')
  await poll(() => waiting.size).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  for (const answer of waiting.values()) answer()
  await slow
  await poll(async () => routeOf(await ingress.readTally(shop))?.slowestMs).toBeGreaterThanOrEqual(290)
  const { moment } = await ingress.readTally(shop)
  expect(routeOf(await ingress.readTally({ ...shop, since: moment }))?.slowestMs).toBe(0)
  expect(routeOf(await ingress.readTally(shop))?.slowestMs).toBeGreaterThanOrEqual(290)
})

test('every request is counted once, whatever is reloaded meanwhile and however long it takes', async () => {
  const ingress = await supervise()
  const { life } = await ingress.readTally(shop)
  const late = ask('/?as=wait')
  await poll(() => waiting.size).toBe(1)
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  stack.defer(() => agent.destroy())
  const over = new AbortController()
  let sent = 0
  const work = async (own: Agent | false): Promise<void> => {
    while (!over.signal.aborted) {
      sent += 1
      expect(await ask('/', own)).toBe(200)
    }
  }
  const workers = [false as const, false as const, agent, agent].map(work)
  for (let more = 1; more <= 5; more += 1) expect(await ingress.apply(configure(more))).toBe('reloaded')
  over.abort()
  await Promise.all(workers)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(sent)
  for (const answer of waiting.values()) answer()
  expect(await late).toBe(200)
  await poll(async () => routeOf(await ingress.readTally(shop))?.requests).toBe(sent + 1)
  const tally = await ingress.readTally(shop)
  expect(routeOf(tally)).toMatchObject({ statuses: { ...none, '2xx': sent + 1 }, failed: 0 })
  expect(tally.life).toBe(life)
})

test('a worker that has nothing left to end is not kept', async () => {
  const ingress = await supervise()
  const master = join(settings.runFolder, 'master.sock')
  const before = await readGeneration(master)
  await ask('/')
  await ingress.apply(configure(1))
  await poll(() => isThere(before.worker)).toBe(false)
  expect(routeOf(await ingress.readTally(shop))?.requests).toBe(1)
})

const isThere = (pid = 0): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
