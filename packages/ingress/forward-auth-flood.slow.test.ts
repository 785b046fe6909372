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
/** Answers that wait for a word of the test. */
let held: (() => void)[] | undefined

beforeAll(async () => {
  const web = stack.use(await startTasks(['127.0.0.1']))
  const auth = await startTasks(['127.0.0.1'], () => (_, response) => {
    asked += 1
    const answer = (): void => void response.writeHead(204).end()
    if (held === undefined) setTimeout(answer, isSlow ? slowMs : 0)
    else held.push(answer)
  })
  const { port } = stack.use(auth)
  const environment = (name: string, routes: readonly string[]) =>
    environmentOf(
      `{name: ${name}, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`,
      { endpoints: { web: endpointsAt('127.0.0.1'), auth: endpointsAt('127.0.0.1') } },
    )
  const asking = [
    ['a', '2s'],
    ['b', '30s'],
  ].map(
    ([host, timeout]) =>
      `{host: ${host}.example.org, https: optional, port: ${web.port}, forward_auth: {service: auth, port: ${port}, timeout: ${timeout}}}`,
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
    // A few stay for long enough that somebody is asked, however busy the machine is.
    while ((left -= 1) >= 0) await leaveSoon(host, left % 50 === 0 ? 1_000 : left % 30)
  }
  await Promise.all(Array.from({ length: 100 }, work))
}

const countConnections = async (): Promise<number> => {
  const info = await askSocket(join(ingress.settings.runFolder, 'admin.sock'), 'show info')
  return Number(/^CurrConns: (\d+)$/m.exec(info)?.[1])
}

/** What clients of another app are answered meanwhile. */
const seeOthers = async (meanwhile: () => Promise<void>): Promise<ReadonlySet<number>> => {
  const over = new AbortController()
  const seen: number[] = []
  const others = (async () => {
    while (!over.signal.aborted) seen.push(await statusOf('plain.example.org'))
  })()
  await meanwhile()
  over.abort()
  await others
  expect(seen.length).toBeGreaterThan(10)
  return new Set(seen)
}

const recover = async (): Promise<void> => {
  await expect.poll(() => statusOf('a.example.org'), { timeout: 10_000 }).toBe(200)
  // Those of the agent, and ours.
  await expect.poll(countConnections, { timeout: 10_000 }).toBeLessThan(100)
}

test.each([
  ['that answers', false],
  ['that is slow', true],
])('clients that leave at once while somebody is asked %s take nothing from other apps', async (_, isSlowNow) => {
  isSlow = isSlowNow
  const askedBefore = asked
  expect(await seeOthers(() => flood(4_000, 'a.example.org'))).toEqual(new Set([200]))
  expect(asked - askedBefore).toBeGreaterThan(20)
  isSlow = false
  await recover()
})

test('clients that leave at once while the asking agent comes and goes take nothing from other apps', async () => {
  const seen = await seeOthers(async () => {
    const over = new AbortController()
    const flooding = flood(8_000, 'a.example.org').finally(() => over.abort())
    while (!over.signal.aborted) await ingress.withoutAgent(async () => void (await statusOf('a.example.org')))
    await flooding
  })
  expect(seen).toEqual(new Set([200]))
  await recover()
})

test('clients that wait for who is slow leave a part of the connections to others', async () => {
  held = []
  const waiting = Promise.all(Array.from({ length: 1_000 }, () => statusOf('b.example.org')))
  waiting.catch(() => undefined)
  await expect.poll(() => held?.length, { timeout: 10_000 }).toBeGreaterThan(20)
  const others = await Promise.all(Array.from({ length: 20 }, () => statusOf('plain.example.org')))
  expect(new Set(others)).toEqual(new Set([200]))
  const answers = held
  held = undefined
  for (const answer of answers) answer()
  expect(new Set(await waiting)).toEqual(new Set([200, 503]))
})
