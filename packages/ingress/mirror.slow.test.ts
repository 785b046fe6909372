import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { startMirror, type TestMirror } from './testing/mirrors.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks, type Asked } from './testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

const stack = new AsyncDisposableStack()
let ingress: TestIngress
let mirror: TestMirror
/** Of what sends copies. */
const lines: string[] = []
/** What the mirror was asked, and what it does in the place of an answer. */
let copies: Asked[] = []
let behave: RequestListener | undefined

beforeAll(async () => {
  const web = stack.use(await startTasks(['127.0.0.1']))
  const next = stack.use(
    await startTasks(['127.0.0.2'], () => (request, response) => {
      if (behave === undefined) void takeCopy(request, response)
      else behave(request, response)
    }),
  )
  const ports = `port: ${web.port}, https: optional`
  const to = `service: next, port: ${next.port}`
  const routes = [
    `{host: a.example.org, ${ports}, mirror: {${to}}}`,
    `{host: b.example.org, ${ports}, path: /old, rewrite: /new, request_headers: {set: {X-A: b}}, mirror: {${to}}}`,
    `{host: tenth.example.org, ${ports}, mirror: {${to}, part: 10%}}`,
    `{host: gone.example.org, ${ports}, mirror: {service: gone, port: 9}}`,
    `{host: plain.example.org, ${ports}}`,
  ]
  const text = `{name: shop, services: {gone: {image: x}, next: {image: x}, web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
  const endpoints = { web: endpointsAt('127.0.0.1'), next: endpointsAt('127.0.0.2') }
  ingress = stack.use(await startIngress([environmentOf(text, { endpoints })]))
  mirror = stack.use(await startMirror(ingress.settings, lines))
  const isCopied = async (): Promise<void> => {
    await ask({ path: '/begun' })
    expect(copies).not.toEqual([])
  }
  await vi.waitFor(isCopied, { timeout: 20_000 })
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  copies = []
  behave = undefined
})

/** Those of this path or host; of others some may still be on their way. */
const copiesOf = (what: string): readonly Asked[] =>
  copies.filter(({ path, headers }) => path === what || headers['host'] === what)

const takeCopy = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method = '', url: path = '', headers } = request
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const body = Buffer.concat(pieces).toString()
  copies.push({ task: 'mirror', method, path, headers: headers as Asked['headers'], body })
  response.end('thrown away')
}

const ask = (question: Partial<Question> = {}): Promise<Answer> => ingress.ask({ host: 'a.example.org', ...question })

/** Until a copy of what was asked after all else is there. */
const settle = async (): Promise<void> => {
  await ask({ path: '/last' })
  await poll(() => copiesOf('/last').length).toBe(1)
}

const ofConnection = ['connection', 'host', 'content-length']
const sayings = ({ headers }: Asked) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)))

test('a copy is what the app gets, whole: method, path, query, headers and body', async () => {
  const body = 'x'.repeat(14_000)
  const question = { host: 'b.example.org', path: '/old/a%20b?c=d&e', method: 'PUT', body, isTls: true }
  const headers = { cookie: 'a=b', 'x-b': ['1', '2'], 'x-atoll-mirror': 'nowhere', authorization: 'Basic abc' }
  const { asked } = await ask({ ...question, headers })
  await poll(() => copiesOf('b.example.org').length).toBe(1)
  const [copy] = copiesOf('b.example.org')
  if (copy === undefined || asked === undefined) throw new Error('nothing')
  expect(asked).toMatchObject({ task: '127.0.0.1', method: 'PUT', path: '/new/a%20b?c=d&e', body })
  expect({ ...copy, headers: {}, task: '' }).toEqual({ ...asked, headers: {}, task: '' })
  expect(copy.headers).toMatchObject({ host: 'b.example.org', 'x-a': 'b', cookie: 'a=b', 'content-length': '14000' })
  const { 'x-atoll-mirror': nowhere, ...rest } = sayings(asked)
  expect([sayings(copy), nowhere]).toEqual([rest, 'nowhere'])
})

test.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PATCH'])('%s without a body', async (method) => {
  await ask({ method, path: `/${method}` })
  await poll(() => copiesOf(`/${method}`).length).toBe(1)
  expect(copiesOf(`/${method}`)).toMatchObject([{ method, body: '' }])
})

test('a request by HTTP/2, with a body and without', async () => {
  const authority = `https://127.0.0.1:${ingress.httpsPort}`
  const client = connectHttp2(authority, { ca: [...ingress.authorities], servername: 'a.example.org' })
  stack.defer(() => client.destroy())
  for (const [method, body] of [
    ['GET', ''],
    ['POST', 'some'],
  ] as const) {
    const length = body === '' ? {} : { 'content-length': body.length }
    const path = `/two-${method}`
    const stream = client.request({ ':method': method, ':authority': 'a.example.org', ':path': path, ...length })
    if (body !== '') stream.end(body)
    stream.resume()
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(headers).toMatchObject({ ':status': 200, 'x-task': '127.0.0.1' })
  }
  client.destroy()
  await poll(() => copiesOf('/two-GET')).toMatchObject([{ method: 'GET', body: '' }])
  await poll(() => copiesOf('/two-POST')).toMatchObject([{ method: 'POST', body: 'some' }])
})

test('a part is about that part, and of other routes there are no copies', async () => {
  const sum = 1_000
  for (let count = 0; count < sum; count += 50) {
    const hosts = Array.from({ length: 50 }, () => 'tenth.example.org')
    const answers = await Promise.all([...hosts, 'plain.example.org'].map((host) => ask({ host, isTls: false })))
    expect(new Set(answers.map(({ status, asked }) => `${status} ${asked?.task}`))).toEqual(new Set(['200 127.0.0.1']))
  }
  await settle()
  expect(copiesOf('plain.example.org')).toEqual([])
  const { length } = copiesOf('tenth.example.org')
  // Five deviations of a binomial distribution: one run of a million is beyond.
  expect(length).toBeGreaterThan(52)
  expect(length).toBeLessThan(148)
})

/** Sends these pieces of a request one after the other, and reads the begin of the answer. */
const talk = async (...pieces: readonly string[]): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port: ingress.settings.httpPort })
  await once(socket, 'connect')
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await delay(200)
    socket.write(piece)
  }
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

const head = 'POST /cut HTTP/1.1\r\nhost: a.example.org\r\n'

test('never a cut copy: what is too large, or of no known length, is answered as ever and not copied', async () => {
  const large = await ask({ method: 'POST', path: '/cut', body: 'x'.repeat(100_000) })
  expect(large.asked?.body).toHaveLength(100_000)
  const little = await ask({ method: 'POST', path: '/cut', body: 'x'.repeat(15_300) })
  expect(little.asked?.body).toHaveLength(15_300)
  const chunks = ['5\r\nhello\r\n', '5\r\nworld\r\n0\r\n\r\n']
  expect(await talk(`${head}transfer-encoding: chunked\r\n\r\n${chunks.join('')}`)).toMatch(/^HTTP\/1.1 200 /)
  expect(await talk(`${head}transfer-encoding: chunked\r\n\r\n`, ...chunks)).toMatch(/^HTTP\/1.1 200 /)
  const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n'
  expect(await talk(`GET /cut HTTP/1.1\r\nhost: a.example.org\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1.1 200 /)
  await settle()
  expect(copiesOf('/cut')).toEqual([])
})

test('a body that comes slowly is waited for, and copied once it is there', async () => {
  const answer = await talk(`${head}content-length: 10\r\n\r\n`, 'hello', 'world')
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  await poll(() => copiesOf('/cut')).toMatchObject([{ method: 'POST', body: 'helloworld' }])
})

interface Felt {
  readonly statuses: ReadonlySet<number>
  readonly isFelt: boolean
}

/** On a machine that has other things to do as well. */
const mostMs = 500

/** So many requests at a time, over so long. */
const load = async (forMs: number, { host = 'a.example.org', atOnce = 8 } = {}): Promise<Felt> => {
  const endMs = performance.now() + forMs
  const statuses = new Set<number>()
  let slowestMs = 0
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const sinceMs = performance.now()
      statuses.add((await ask({ host, isTls: false })).status)
      slowestMs = Math.max(slowestMs, performance.now() - sinceMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { statuses, isFelt: slowestMs > mostMs }
}

const unfelt: Felt = { statuses: new Set([200]), isFelt: false }

test.each<readonly [string, string, RequestListener | undefined]>([
  ['has no task', 'gone.example.org', undefined],
  ['never answers', 'a.example.org', () => undefined],
  ['hangs up', 'a.example.org', (request) => void request.destroy()],
  ['fails', 'a.example.org', (_, response) => void response.writeHead(500).end()],
  ['answers without an end', 'a.example.org', (_, response) => void response.writeHead(200).write('x')],
])('of a mirror that %s visitors feel nothing', async (_, host, how) => {
  behave = how
  expect(await load(1_500, { host })).toEqual(unfelt)
})

/** Of all that was told so far. */
const countOf = (what: 'dropped' | 'failed' | 'cut'): number =>
  lines
    .filter((line) => line.includes('"dropped"'))
    .reduce((sum, line) => sum + (JSON.parse(line) as Record<typeof what, number>)[what], 0)

const memoryOf = async (pid: number, key: 'VmHWM' | 'VmRSS'): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1])
}

test('of a flood for a mirror that hangs copies are dropped and counted, and memory has an end', async () => {
  behave = () => undefined
  const [pid = 0] = await mirror.pids()
  lines.length = 0
  const body = 'x'.repeat(14_000)
  const sum = 3_000
  for (let count = 0; count < sum; count += 100) {
    const all = Array.from({ length: 100 }, () => ask({ isTls: false, method: 'POST', body }))
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]))
  }
  // All but the few that have a place, wait for one, or have waited: also of those that HAProxy could not tell of.
  await poll(async () => (await ask(), countOf('dropped') + countOf('failed'))).toBeGreaterThan(sum - 500)
  expect(countOf('dropped')).toBeGreaterThan(sum / 2)
  // 160 copies of 14 KB, and what Node has by itself.
  expect(await memoryOf(pid, 'VmHWM')).toBeLessThan(150_000)
  const own = lines.filter((line) => line.includes('"dropped"'))
  expect(own.length).toBeLessThanOrEqual(5)
  behave = undefined
  await poll(async () => (await ask(), copies.length)).toBeGreaterThan(0)
})

test('one that sends copies and hangs, or is killed, is not felt, and another sends them', async () => {
  const [pid = 0] = await mirror.pids()
  process.kill(pid, 'SIGSTOP')
  expect(await load(3_000)).toEqual(unfelt)
  process.kill(pid, 'SIGKILL')
  expect(await load(2_000)).toEqual(unfelt)
  await poll(() => mirror.pids()).not.toContain(pid)
  copies = []
  await poll(async () => (await ask(), copies.length)).toBeGreaterThan(0)
  expect(await mirror.pids()).toHaveLength(1)
})
