import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from './config.ts'
import type { Door, GivenTable } from './door.ts'
import type { RoutedEnvironment } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { configIn } from './testing/config.ts'
import { freePort } from './testing/free-port.ts'
import { startRunning, type RunningIngress } from './testing/running.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { listen } from './testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })
const live = new AbortController().signal

let stack: AsyncDisposableStack
let config: Config
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-streams-'))
  stack.defer(() => rm(folder, { recursive: true }))
  config = { ...(await configIn(folder)), hasStreamsOnly: true }
})
afterEach(() => stack.disposeAsync())

const start = (): RunningIngress => startRunning({ config, writeLine: () => undefined }, stack)

/** A task that says its name to whoever comes. */
const startTask = async (name: string): Promise<number> => {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.end(name)
  })
  stack.defer(() => void server.close())
  return listen(server, '127.0.0.1')
}

const give = (door: Door, version: string, routes: readonly string[]) => {
  const environment: RoutedEnvironment = environmentOf(
    `{name: shop, services: {db: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`,
    { endpoints: { db: endpointsAt('127.0.0.1') } },
  )
  const given: GivenTable = {
    version,
    networks: [],
    table: JSON.stringify({ environments: routes.length === 0 ? [] : [environment], certificates: [] }),
  }
  return door.give(given, live)
}

const hear = (port: number): Promise<string> =>
  text(connect(port, '127.0.0.1')).catch((error: Error) => ('code' in error ? String(error.code) : error.message))

test('one for streams has their ports and neither of those of requests, also before it has any', async () => {
  const { door } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  const [first, second] = [await freePort(), await freePort()]
  await give(door, '1', [])
  expect(await hear(first)).toBe('ECONNREFUSED')
  await give(door, '2', [`{protocol: tcp, listen: ${first}, port: ${await startTask('db')}}`])
  await poll(() => hear(first)).toBe('db')
  const more = await startTask('cache')
  await give(door, '3', [`{protocol: tcp, listen: ${second}, port: ${more}}`])
  await poll(() => hear(second)).toBe('cache')
  await poll(() => hear(first)).toBe('ECONNREFUSED')
  expect([await hear(config.httpPort), await hear(config.httpsPort)]).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
})

test('it counts connections, is told of nothing to probe, and starts again from what it kept', async () => {
  const first = start()
  await poll(() => first.door.state(live).catch(() => undefined)).toBeDefined()
  const port = await freePort()
  await give(first.door, '1', [`{protocol: tcp, listen: ${port}, port: ${await startTask('db')}}`])
  await poll(() => hear(port)).toBe('db')
  const place = { app: 'shop', environment: 'production' }
  const countAt = async (door: Door) => (await door.readTally(place, live)).routes
  await poll(() => countAt(first.door)).toMatchObject([{ route: `tcp port ${port}`, failed: 0 }])
  const before = (await countAt(first.door))[0]?.requests ?? 0
  expect(await countAt(first.door)).toHaveLength(1)
  await first.end()
  const again = start()
  await poll(() => hear(port)).toBe('db')
  await poll(async () => (await countAt(again.door))[0]?.requests ?? 0).toBeGreaterThan(before)
})

test('a change of other ports leaves connections alone that are there', async () => {
  const { door } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)))
  stack.defer(() => void server.close())
  const [task, port, other] = [await listen(server, '127.0.0.1'), await freePort(), await freePort()]
  const kept = `{protocol: tcp, listen: ${port}, port: ${task}}`
  await give(door, '1', [kept])
  const client = connect(port, '127.0.0.1')
  stack.defer(() => void client.destroy())
  // Those of checks end by themselves.
  const isThere = () => sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length
  await poll(isThere).toBeGreaterThan(0)
  await give(door, '2', [kept, `{protocol: tcp, listen: ${other}, port: ${await startTask('cache')}}`])
  await poll(() => hear(other)).toBe('cache')
  client.write('still here\n')
  const heard = await Promise.any(sockets.filter(({ destroyed }) => !destroyed).map((socket) => once(socket, 'data')))
  expect(String(heard[0])).toBe('still here\n')
})

test('TLS goes by its name to whom it is for, who ends it', async () => {
  const { door } = start()
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  const { certificates } = await issueFor(['db.example.org'])
  const pem = certificates[0]?.pem ?? ''
  const server = createTlsServer({ key: pem, cert: pem }, (socket) => socket.on('error', () => undefined).end('db'))
  stack.defer(() => void server.close())
  const [task, port] = [await listen(server, '127.0.0.1'), await freePort()]
  await give(door, '1', [`{protocol: tls, host: db.example.org, listen: ${port}, port: ${task}}`])
  const hearTls = (servername: string): Promise<string> =>
    text(connectTls({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })).catch(() => 'refused')
  await poll(() => hearTls('db.example.org')).toBe('db')
  expect(await hearTls('other.example.org')).not.toBe('db')
})
