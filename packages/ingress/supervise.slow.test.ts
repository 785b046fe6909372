import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { Agent, request as requestHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { render } from './render.ts'
import { superviseHaproxy, type Ingress } from './supervise.ts'
import type { Configuration, Endpoint, IngressSettings } from './table.ts'
import { haproxy } from './testing/haproxy.ts'
import { freePort } from './testing/free-port.ts'
import { endpointsAt, environmentOf, sampleSettings } from './testing/table.ts'
import { echo, startTasks } from './testing/tasks.ts'

let stack: AsyncDisposableStack
let settings: IngressSettings
let port = 0
const lines: string[] = []

beforeEach(async () => {
  lines.length = 0
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  port = stack.use(await startTasks(['127.0.0.1', '127.0.0.2', '127.0.0.3'])).port
  settings = { ...sampleSettings, httpPort: await freePort(), runFolder: folder, checkEveryMs: 200 }
})
afterEach(() => stack.disposeAsync())

/** Routes at this many paths, answered by these tasks. */
const configure = (paths: number, web: readonly Endpoint[] = endpointsAt('127.0.0.1')): Configuration => {
  const routes = Array.from({ length: paths }, (_, index) => `{host: a.example.org, path: /${index}, port: ${port}}`)
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
  const environment = { ...environmentOf(text, { endpoints: { web } }), mostTasks: { web: 4 } }
  return render({ environments: [environment], certificates: [] }, settings)
}

const supervise = async (configuration: Configuration): Promise<Ingress> =>
  stack.use(
    await superviseHaproxy(configuration, {
      program: await haproxy(),
      folder: join(settings.runFolder, 'configurations'),
      runFolder: settings.runFolder,
      reloadEveryMs: 1_000,
      graceMs: 5_000,
      log: (line) => lines.push(line),
      onRequest: (line) => lines.push(line),
    }),
  )

interface Reply {
  readonly status: number
  readonly task: string | undefined
}

const ask = async (path: string, agent: Agent | false = false): Promise<Reply> => {
  const headers = { host: 'a.example.org' }
  const request = requestHttp({ host: '127.0.0.1', port: settings.httpPort, path, headers, agent }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode ?? 0, task: response.headers['x-task'] as string | undefined }
}

/** Asks without a pause, half of it over connections that are kept; gives what came of it when it is stopped. */
const startLoad = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const found = { answered: 0, failed: [] as string[], tasks: new Map<string, number>() }
  const over = new AbortController()
  const work = async (own: Agent | false): Promise<void> => {
    while (!over.signal.aborted) {
      await ask('/0', own).then(
        ({ status, task = 'nobody' }) => {
          if (status !== 200) found.failed.push(String(status))
          found.answered += 1
          found.tasks.set(task, (found.tasks.get(task) ?? 0) + 1)
        },
        (error: unknown) => found.failed.push(String(error)),
      )
    }
  }
  const workers = [false as const, false as const, agent, agent].map((own) => work(own))
  return {
    found,
    stop: async () => {
      over.abort()
      await Promise.all(workers)
      agent.destroy()
      return found
    },
  }
}

test('a hundred changes at once are two reloads, and no request fails', async () => {
  const ingress = await supervise(configure(1))
  const load = startLoad()
  const changes = Array.from({ length: 100 }, (_, index) => ingress.apply(configure(index + 2)))
  expect(new Set(await Promise.all(changes))).toEqual(new Set(['reloaded']))
  expect(ingress.countReloads()).toBeLessThanOrEqual(2)
  expect((await ask('/100')).status).toBe(200)
  const { answered, failed } = await load.stop()
  expect(failed).toEqual([])
  expect(answered).toBeGreaterThan(50)
  expect(await readdir(join(settings.runFolder, 'configurations'))).toHaveLength(2)
  // Of a hundred routes that begin and end nobody reads a hundred lines.
  await expect.poll(() => lines.filter((line) => line.includes('New worker')).length).toBeGreaterThan(1)
  expect(lines.filter((line) => line.includes('shop.production'))).toEqual([])
})

test('tasks come and go without a reload, and no request fails', async () => {
  const [one, two, three] = endpointsAt('127.0.0.1', '127.0.0.2', '127.0.0.3') as [Endpoint, Endpoint, Endpoint]
  const ingress = await supervise(configure(1, [one]))
  const load = startLoad()
  expect(await ingress.apply(configure(1, [one, two]))).toBe('servers')
  await expect.poll(() => load.found.tasks.get('127.0.0.2') ?? 0, { timeout: 5_000 }).toBeGreaterThan(5)
  expect(await ingress.apply(configure(1, [{ ...one, state: 'draining' }, two, three]))).toBe('servers')
  await expect.poll(() => load.found.tasks.get('127.0.0.3') ?? 0, { timeout: 5_000 }).toBeGreaterThan(5)
  expect(await ingress.apply(configure(1, [two, three]))).toBe('servers')
  const before = load.found.tasks.get('127.0.0.1')
  const at = load.found.answered
  await expect.poll(() => load.found.answered, { timeout: 5_000 }).toBeGreaterThan(at + 20)
  expect((await load.stop()).failed).toEqual([])
  expect(load.found.tasks.get('127.0.0.1')).toBe(before)
  expect(await ingress.apply(configure(1, [two, three]))).toBe('unchanged')
  expect(ingress.countReloads()).toBe(0)
})

test('a configuration that HAProxy refuses changes nothing, and names the route', async () => {
  const ingress = await supervise(configure(1))
  const right = configure(2)
  const text = right.text.replace(/( {2}balance roundrobin\n)(?![\s\S]*balance)/, '$1  nonsense\n')
  await expect(ingress.apply({ ...right, text })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/for a\.example\.org\/1 of web in shop\/production: refused: .*nonsense/) as unknown,
  })
  expect(ingress.countReloads()).toBe(0)
  expect([(await ask('/0')).status, (await ask('/1')).status]).toEqual([200, 404])
  expect(await ingress.apply(right)).toBe('reloaded')
  expect((await ask('/1')).status).toBe(200)
})

test('one that is refused at the start is told', async () => {
  const right = configure(1)
  await expect(supervise({ ...right, text: `${right.text}nonsense\n` })).rejects.toMatchObject({ code: 'refused' })
})

test('what was begun is ended', async () => {
  const arrived = Promise.withResolvers<() => void>()
  const handle: RequestListener = (request, response) => arrived.resolve(() => echo('slow')(request, response))
  port = stack.use(await startTasks(['127.0.0.9'], () => handle)).port
  const ingress = await supervise(configure(1, endpointsAt('127.0.0.9')))
  const asked = ask('/0')
  const answer = await arrived.promise
  const over = ingress[Symbol.asyncDispose]()
  answer()
  expect(await asked).toEqual({ status: 200, task: 'slow' })
  await over
  await expect(ask('/0')).rejects.toThrow('ECONNREFUSED')
})
