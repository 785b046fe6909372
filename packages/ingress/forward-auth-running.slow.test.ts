import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { Agent, createServer, request as requestHttp, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runAgent } from './asking/run-agent.ts'
import { render } from './render.ts'
import { askSocket } from './sockets/ask-socket.ts'
import { superviseHaproxy, type Ingress } from './supervise.ts'
import type { Configuration, Endpoint, IngressSettings } from './table.ts'
import { haproxy } from './testing/haproxy.ts'
import { freePort } from './testing/free-port.ts'
import { endpointsAt, environmentOf, sampleSettings } from './testing/table.ts'
import { listen, startTasks } from './testing/tasks.ts'

let stack: AsyncDisposableStack
let settings: IngressSettings
let ports: { readonly web: number; readonly auth: number }
let lines: string[]
let asked: string[]
/** By the agent, of what should not be. */
let said: string[]

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  ;[lines, asked, said] = [[], [], []]
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const auth = await startTasks(['127.0.0.1', '127.0.0.2'], (task) => (request, response) => {
    asked.push(task)
    const isRight = request.headers.cookie === 'yes'
    response.writeHead(isRight ? 200 : 401, { 'x-user': task }).end()
  })
  ports = { web: await startApp(), auth: stack.use(auth).port }
  settings = { ...sampleSettings, httpPort: await freePort(), runFolder: folder, checkEveryMs: 200 }
  stack.use(await runAgent({ ...settings, log: (line) => said.push(line) }))
})
afterEach(async () => {
  await stack.disposeAsync()
  expect(said).toEqual([])
})

/** Says who asks, and what it is told once it is a WebSocket. */
const startApp = async (): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(request.headers['x-user']))
  })
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n')
    socket.write(
      `sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nx-seen: ${String(request.headers['x-user'])}\r\n\r\n`,
    )
    socket.pipe(socket)
  })
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return listen(server, '127.0.0.1')
}

const both = endpointsAt('127.0.0.1', '127.0.0.2') as [Endpoint, Endpoint]

/** Two routes about which these tasks are asked, and so many others. */
const configure = (auth: readonly Endpoint[], { others = 0, timeout = '5s' } = {}): Configuration => {
  const question = `{service: auth, port: ${ports.auth}, response_headers: [X-User], timeout: ${timeout}}`
  const routes = [
    `{host: a.example.org, port: ${ports.web}, access_log: all, forward_auth: ${question}}`,
    `{host: b.example.org, port: ${ports.web}, forward_auth: ${question}}`,
    ...Array.from({ length: others }, (_, index) => `{host: a.example.org, path: /${index}, port: ${ports.web}}`),
  ]
  const text = `{name: shop, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
  const endpoints = { web: endpointsAt('127.0.0.1'), auth }
  const environment = { ...environmentOf(text, { endpoints }), mostTasks: { auth: 2 } }
  return render({ environments: [environment], certificates: [] }, settings)
}

const supervise = async (configuration: Configuration): Promise<Ingress> =>
  stack.use(
    await superviseHaproxy(configuration, {
      program: await haproxy(),
      folder: join(settings.runFolder, 'configurations'),
      runFolder: settings.runFolder,
      reloadEveryMs: 100,
      graceMs: 2_000,
      log: () => undefined,
      onRequest: (line) => lines.push(line),
    }),
  )

interface Sent {
  readonly host?: string
  readonly cookie?: string
  readonly agent?: Agent | false
}

const ask = async ({ host = 'a.example.org', cookie = 'yes', agent = false }: Sent = {}): Promise<string> => {
  const request = requestHttp({ host: '127.0.0.1', port: settings.httpPort, headers: { host, cookie }, agent }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = String(response.statusCode)
  for await (const chunk of response) text += ` ${String(chunk)}`
  return text
}

test('tasks that are asked come and go without a reload', async () => {
  const [one, two] = both
  const ingress = await supervise(configure([]))
  expect(await ask()).toMatch(/^503 /)
  expect(await ingress.apply(configure([one]))).toBe('servers')
  expect(await ask()).toBe('200 127.0.0.1')
  expect(await ingress.apply(configure([two]))).toBe('servers')
  expect(await ask()).toBe('200 127.0.0.2')
  expect(await ingress.apply(configure([{ ...two, state: 'draining' }, one]))).toBe('servers')
  expect([await ask(), await ask()]).toEqual(['200 127.0.0.1', '200 127.0.0.1'])
  expect(ingress.countReloads()).toBe(0)
})

test('a task that is gone is passed over', async () => {
  const [one] = both
  await supervise(configure([one, { ...one, id: 'gone', address: '127.0.0.9' }]))
  const all = await Promise.all(Array.from({ length: 20 }, () => ask()))
  expect(new Set(all)).toEqual(new Set(['200 127.0.0.1']))
})

test('nobody is failed by a reload', async () => {
  const ingress = await supervise(configure(both))
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  stack.defer(() => agent.destroy())
  const over = new AbortController()
  const seen = new Map<string, number>()
  const work = async (own: Agent | false): Promise<void> => {
    while (!over.signal.aborted) {
      const answer = await ask({ agent: own }).catch(String)
      seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }
  }
  const workers = [false as const, false as const, agent, agent].map(work)
  for (let others = 1; others <= 5; others += 1)
    expect(await ingress.apply(configure(both, { others }))).toBe('reloaded')
  over.abort()
  await Promise.all(workers)
  expect([...seen.keys()].toSorted()).toEqual(['200 127.0.0.1', '200 127.0.0.2'])
})

test('a worker that was reloaded ends, whatever connections it had with who is asked', async () => {
  const ingress = await supervise(configure(both))
  await Promise.all(Array.from({ length: 20 }, () => ask()))
  expect(await ingress.apply(configure(both, { others: 1 }))).toBe('reloaded')
  expect(await ask()).toMatch(/^200 /)
  const listWorkers = (): Promise<string> => askSocket(join(settings.runFolder, 'master.sock'), 'show proc')
  await expect
    .poll(listWorkers, { timeout: 10_000 })
    .toMatch(/# workers\n\d+ +worker .*\n(?:# old workers\n)?# programs/)
})

test('each request is one of its route, in the log and in what is counted', async () => {
  const ingress = await supervise(configure([both[0]]))
  const count = async () => {
    const { routes } = await ingress.readTally({ app: 'shop', environment: 'production' })
    return routes.map(({ route, requests, failed, statuses }) => ({ route, requests, failed, ...statuses }))
  }
  const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, failed: 0 }
  for (const cookie of ['yes', 'yes', 'no']) await ask({ cookie })
  await ask({ host: 'b.example.org', cookie: 'no' })
  const route = { ...none, route: 'a.example.org/', requests: 3, '2xx': 2, '4xx': 1 }
  const other = { ...none, route: 'b.example.org/', requests: 1, '4xx': 1 }
  await expect.poll(count).toEqual([route, other])
  await ingress.apply(configure([]))
  expect([await ask({ host: 'b.example.org' }), asked.length]).toEqual([expect.stringMatching(/^503 /), 4])
  await expect.poll(count).toEqual([route, { ...other, requests: 2, '5xx': 1, failed: 1 }])
  const statuses = (): readonly string[] =>
    lines.map((line) => `${line.split(' ', 1)[0]} ${/"status":(\d+)/.exec(line)?.[1]}`).toSorted()
  const [name, second] = configure([])
    .backends.filter(({ kind }) => kind === 'route')
    .map((backend) => backend.name)
  await expect.poll(statuses).toEqual([`${name} 200`, `${name} 200`, `${name} 401`, `${second} 503`].toSorted())
})

test('about a WebSocket is asked once', async () => {
  await supervise(configure([both[0]]))
  const socket = connect({ host: '127.0.0.1', port: settings.httpPort })
  stack.defer(() => void socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
  const head = ['host: a.example.org', 'connection: upgrade', 'upgrade: websocket', 'cookie: yes', key]
  socket.write(['GET / HTTP/1.1', ...head, '\r\n'].join('\r\n'))
  await expect.poll(() => text).toMatch(/^HTTP\/1\.1 101 .*x-seen: 127\.0\.0\.1/s)
  for (const said of ['one', 'two']) {
    socket.write(said)
    await expect.poll(() => text).toMatch(new RegExp(`${said}$`))
  }
  expect(asked).toEqual(['127.0.0.1'])
})

test('whoever leaves while somebody is asked leaves nothing behind', async () => {
  const arrived = Promise.withResolvers<void>()
  const slow = await startTasks(['127.0.0.3'], () => (_, response) => {
    arrived.resolve()
    response.on('close', () => asked.push('closed'))
  })
  ports = { ...ports, auth: stack.use(slow).port }
  await supervise(configure(endpointsAt('127.0.0.3'), { timeout: '500ms' }))
  const request = requestHttp({ host: '127.0.0.1', port: settings.httpPort, headers: { host: 'a.example.org' } }).end()
  request.on('error', () => undefined)
  await arrived.promise
  request.destroy()
  await expect.poll(() => asked, { timeout: 10_000 }).toContain('closed')
  expect(lines.length).toBeLessThanOrEqual(1)
})

test('nobody else gets to where is asked', async () => {
  await supervise(configure(both))
  const { mode } = await stat(join(settings.runFolder, 'forward-auth.sock'))
  expect((mode & 0o777).toString(8)).toBe('600')
  expect(await ask({ host: 'shop.production.auth.forward-auth-0000000000' })).toMatch(/^404 /)
  const [name] = configure(both).backends.flatMap(({ kind, name: own }) => (kind === 'forward-auth' ? [own] : []))
  expect(await ask({ host: name ?? '' })).toMatch(/^404 /)
})
