import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Config } from './config.ts'
import { configIn } from './testing/config.ts'
import { startRunning } from './testing/running.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const live = new AbortController().signal
const stack = new AsyncDisposableStack()
const lines: string[] = []
let config: Config

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  config = await configIn(folder)
  const { port } = stack.use(await startTasks(['127.0.0.1']))
  const routes = [
    `{host: usual.example.org, port: ${port}}`,
    `{host: all.example.org, port: ${port}, access_log: all}`,
    `{host: none.example.org, port: ${port}, access_log: none}`,
    `{host: half.example.org, port: ${port}, access_log: 50%}`,
    `{host: shut.example.org, port: ${port}, maintenance: {page: x}}`,
    '{host: down.example.org, port: 1, timeouts: {connect: 50ms}}',
  ]
  const compose = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
  const environments = [environmentOf(compose, { endpoints: { web: endpointsAt('127.0.0.1') } })]
  const { door } = startRunning({ config, writeLine: (line) => lines.push(line) }, stack)
  await vi.waitFor(() => door.state(live))
  const table = JSON.stringify({ environments, certificates: [] })
  await door.give({ version: '1', networks: [], table }, live)
  await vi.waitFor(async () => expect(await send('usual.example.org')).toMatch(/^HTTP\/1\.1 200/))
})
afterAll(() => stack.disposeAsync())

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: readonly string[]
}

/** Byte by byte, as nobody's library would; gives the whole answer. */
const send = async (host: string, { path = '/', method = 'GET', headers = [] }: Sent = {}): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port: config.httpPort })
  await once(socket, 'connect')
  const head = [`${method} ${path} HTTP/1.1`, `host: ${host}`, 'connection: close', ...headers]
  socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'))
  return text(socket)
}

interface Told {
  readonly event: string
  readonly host: string
  readonly path: string
}

const requestsAt = (host: string): readonly Told[] =>
  lines.map((line) => JSON.parse(line) as Told).filter((told) => told.event === 'request' && told.host === host)

test('a line says who asked what, whose it is, which task answered and how long it took', async () => {
  await send('all.example.org', { path: '/a//b?q=1', headers: ['x-request-id: 4711'] })
  await expect
    .poll(() => requestsAt('all.example.org'))
    .toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        event: 'request',
        app: 'shop',
        environment: 'production',
        service: 'web',
        route: 'all.example.org/',
        client: '127.0.0.1',
        method: 'GET',
        host: 'all.example.org',
        path: '/a/b',
        status: 200,
        bytes: expect.any(Number) as number,
        ms: {
          request: expect.any(Number) as number,
          queue: expect.any(Number) as number,
          connect: expect.any(Number) as number,
          response: expect.any(Number) as number,
          total: expect.any(Number) as number,
        },
        task: 'task-1',
        address: '127.0.0.1',
        retries: 0,
        end: '--',
        id: '4711',
      },
    ])
})

test('unless a route says otherwise, requests are told that failed, whoever is to blame, and no others', async () => {
  await send('usual.example.org', { path: '/good' })
  await send('usual.example.org', { path: '/status/404' })
  await send('shut.example.org')
  await send('none.example.org', { path: '/status/500' })
  await send('down.example.org')
  await send('usual.example.org', { path: '/status/500' })
  await expect.poll(() => requestsAt('down.example.org')).toMatchObject([{ status: 503, retries: 3, end: 'SC' }])
  await expect.poll(() => requestsAt('usual.example.org')).toMatchObject([{ path: '/status/500', status: 500 }])
  expect([...requestsAt('shut.example.org'), ...requestsAt('none.example.org')]).toEqual([])
})

test('of a part of the requests each is chosen by chance, and those that fail are told besides', async () => {
  for (let at = 0; at < 40; at += 1) await send('half.example.org', { path: `/${at}` })
  await send('half.example.org', { path: '/status/500' })
  const failed = () => requestsAt('half.example.org').filter(({ path }) => path === '/status/500')
  await expect.poll(failed).toHaveLength(1)
  const count = requestsAt('half.example.org').length
  expect(count).toBeGreaterThan(1)
  expect(count).toBeLessThan(41)
})

test('no secret of a client gets into a line', async () => {
  const before = requestsAt('all.example.org').length
  await send('all.example.org', {
    path: 'http://ann:hush@all.example.org/in?token=hush',
    headers: ['authorization: Bearer hush', 'cookie: session=hush', 'proxy-authorization: hush', 'x-api-key: hush'],
  })
  await expect.poll(() => requestsAt('all.example.org').slice(before)).toMatchObject([{ path: '/in' }])
  expect(lines.filter((line) => line.includes('hush'))).toEqual([])
})

test.each([
  ['quotes', { path: '/"\\"},{' }, '/"\\"},{'],
  ['a method of its own', { method: "A!#$%&'*+.^_`|~B", path: '/method' }, '/method'],
  ['an id that is no text', { path: '/id', headers: ['x-request-id: "\\\xff\xc3\xa9\t{'] }, '/id'],
  ['a path without end', { path: `/${'\\'.repeat(4_000)}` }, `/${'\\'.repeat(999)}`],
  ['what is encoded', { path: '/%22%0a%C3%A9' }, '/%22%0A%C3%A9'],
])('%s of a client are one line, and one request', async (_what, sent, path) => {
  const before = requestsAt('all.example.org').length
  await send('all.example.org', sent)
  await expect.poll(() => requestsAt('all.example.org').slice(before)).toMatchObject([{ path }])
})

test('what is no HTTP is no request of anybody', async () => {
  const before = requestsAt('all.example.org').length
  await send('all.example.org', { method: 'G(T', path: '/bad' })
  await send('\x01', { path: '/bad' })
  await send('all.example.org', { path: '/after' })
  await expect.poll(() => requestsAt('all.example.org').slice(before)).toMatchObject([{ path: '/after' }])
  expect(lines.some((line) => line.includes('/bad'))).toBe(false)
})
