import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentSocket } from './render/forward-auth.ts'
import { startIngress, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const stack = new AsyncDisposableStack()
let ingress: TestIngress

beforeAll(async () => {
  const web = stack.use(await startTasks(['127.0.0.1']))
  const auth = stack.use(await startTasks(['127.0.0.1'], () => (_, response) => void response.writeHead(204).end()))
  const question = `{service: auth, port: ${auth.port}, timeout: 1s}`
  const routes = [
    `{host: a.example.org, port: ${web.port}, forward_auth: ${question}}`,
    `{host: plain.example.org, port: ${web.port}}`,
  ]
  const text = `{name: shop, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
  const endpoints = { web: endpointsAt('127.0.0.1'), auth: endpointsAt('127.0.0.1') }
  ingress = stack.use(await startIngress([environmentOf(text, { endpoints })]))
})
afterAll(() => stack.disposeAsync())

const statusesOf = async (): Promise<readonly number[]> =>
  Promise.all(['a', 'plain'].map(async (name) => (await ingress.ask({ host: `${name}.example.org` })).status))

/** In the place of the agent: takes connections, and does what is said. */
const pose = async (handle: (socket: Socket) => void): Promise<AsyncDisposable> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    handle(socket)
  })
  const path = agentSocket(ingress.settings)
  await rm(path, { force: true })
  await once(server.listen(path), 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test.each<readonly [string, ((socket: Socket) => void) | undefined]>([
  ['is gone', undefined],
  ['says nothing', (socket) => void socket.resume()],
  ['says what is no SPOP', (socket) => void socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))],
  ['hangs up', (socket) => void socket.destroy()],
])('an agent that %s lets nobody in, harms no other route, and is asked again when it is there', async (_, handle) => {
  await expect.poll(statusesOf, { timeout: 10_000 }).toEqual([200, 200])
  await ingress.withoutAgent(async () => {
    await using _posing = handle === undefined ? undefined : await pose(handle)
    expect(await statusesOf()).toEqual([503, 200])
    expect(await statusesOf()).toEqual([503, 200])
  })
  await expect.poll(statusesOf, { timeout: 10_000 }).toEqual([200, 200])
})
