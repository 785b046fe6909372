import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askSocket } from './sockets/ask-socket.ts'
import { startIngress, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const stack = new AsyncDisposableStack()
const maxConnections = 400
/** Less than the ingress waits. */
const slowMs = 1_500
let ingress: TestIngress
/** How whoever is asked answers at present. */
let isSlow = false
let asked = 0

beforeAll(async () => {
  const web = stack.use(await startTasks(['127.0.0.1']))
  const auth = await startTasks(['127.0.0.1'], () => (_, response) => {
    asked += 1
    setTimeout(() => response.writeHead(204).end(), isSlow ? slowMs : 0)
  })
  const { port } = stack.use(auth)
  const environment = (name: string, routes: readonly string[]) =>
    environmentOf(
      `{name: ${name}, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`,
      { endpoints: { web: endpointsAt('127.0.0.1'), auth: endpointsAt('127.0.0.1') } },
    )
  const question = `{service: auth, port: ${port}, timeout: 2s}`
  const asking = ['a', 'b'].map(
    (host) => `{host: ${host}.example.org, https: optional, port: ${web.port}, forward_auth: ${question}}`,
  )
  const plain = [`{host: plain.example.org, https: optional, port: ${web.port}}`]
  ingress = stack.use(
    await startIngress([environment('shop', asking), environment('other', plain)], { maxConnections }),
  )
})
afterAll(() => stack.disposeAsync())

const statusOf = async (host: string): Promise<number> => (await ingress.ask({ host, isTls: false })).status

/** Sends a request and leaves a moment later: some before anybody is asked, most before there is an answer. */
const leaveSoon = async (host: string, afterMs: number): Promise<void> => {
  const socket = connect({ host: '127.0.0.1', port: ingress.settings.httpPort }).on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  setTimeout(() => socket.destroy(), afterMs)
  await closed
}

const flood = async (count: number, host: string): Promise<void> => {
  let left = count
  const work = async (): Promise<void> => {
    while ((left -= 1) >= 0) await leaveSoon(host, left % 30)
  }
  await Promise.all(Array.from({ length: 100 }, work))
}

const countConnections = async (): Promise<number> => {
  const info = await askSocket(join(ingress.settings.runFolder, 'admin.sock'), 'show info')
  return Number(/^CurrConns: (\d+)$/m.exec(info)?.[1])
}

test.each([
  ['that answers', false],
  ['that is slow', true],
])('clients that leave at once while somebody is asked %s take nothing from other apps', async (_, isSlowNow) => {
  isSlow = isSlowNow
  const [over, askedBefore] = [new AbortController(), asked]
  const seen: number[] = []
  const others = (async () => {
    while (!over.signal.aborted) seen.push(await statusOf('plain.example.org'))
  })()
  await flood(4_000, 'a.example.org')
  over.abort()
  await others
  expect(asked - askedBefore).toBeGreaterThan(20)
  expect(seen.length).toBeGreaterThan(10)
  expect(new Set(seen)).toEqual(new Set([200]))
  isSlow = false
  await expect.poll(() => statusOf('a.example.org'), { timeout: 10_000 }).toBe(200)
  // Those of the agent, and ours.
  await expect.poll(countConnections, { timeout: 10_000 }).toBeLessThan(100)
})

test('clients that wait for who is slow leave a part of the connections to others', async () => {
  isSlow = true
  let isOver = false
  const wait = async (): Promise<number> => {
    const status = await statusOf('a.example.org')
    isOver ||= status === 200
    return status
  }
  const waiting = Promise.all(Array.from({ length: 1_000 }, wait))
  const others = await Promise.all(Array.from({ length: 20 }, () => statusOf('plain.example.org')))
  expect([isOver, new Set(others)]).toEqual([false, new Set([200])])
  expect(new Set(await waiting)).toEqual(new Set([200, 503]))
})
