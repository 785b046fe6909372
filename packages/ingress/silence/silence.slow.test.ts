import { Agent, request as requestHttp, type RequestListener } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Config } from '../config.ts'
import type { Endpoint } from '../table.ts'
import { issueFor } from '../testing/certificates.ts'
import { configIn } from '../testing/config.ts'
import { giveTable, startRunning } from '../testing/running.ts'
import { silence } from '../testing/silence.ts'
import { environmentOf } from '../testing/table.ts'
import { startTasks } from '../testing/tasks.ts'

/** Until then nobody but the kernel ends a connection that is silent: `tcp-ut` of a server. */
const kernelMs = 5_000
/** Tasks, and their nodes, at which nobody listens: they say so as long as they are there. */
const [near, far, nearNode, farNode] = ['127.0.0.1', '127.77.0.2', '127.77.1.1', '127.77.1.2']

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })
const live = new AbortController().signal
const lines: string[] = []
let stack: AsyncDisposableStack
let config: Config
/** Ends answers to `/long`. */
let ends: (() => void)[] = []
/** `METHOD TASK`, of what was asked since it was emptied. */
let arrived: string[] = []

const handle =
  (task: string): RequestListener =>
  (request, response) => {
    arrived.push(`${request.method} ${task}`)
    response.setHeader('x-task', task)
    if (request.url !== '/long') return void response.end('whole')
    response.write('begin, ')
    ends.push(() => response.end('end'))
  }

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-silence-'))
  stack.defer(() => rm(folder, { recursive: true }))
  ;[ends, arrived] = [[], []]
  lines.length = 0
  silence(far, farNode)[Symbol.dispose]()
  const { port } = stack.use(await startTasks([near, far], handle))
  config = await configIn(folder)
  const web: readonly Endpoint[] = [
    { id: 'near', address: near, node: nearNode, state: 'ready' },
    { id: 'far', address: far, node: farNode, state: 'ready' },
  ]
  const compose = `{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: ${port}}]}}}}`
  const environments = [environmentOf(compose, { endpoints: { web } })]
  const { certificates } = await issueFor(['a.example.org'])
  const { door } = startRunning({ config, writeLine: (line) => lines.push(line) }, stack)
  await poll(() => door.state(live).catch(() => undefined)).toBeDefined()
  await door.give(giveTable('1', { environments, certificates }), live)
})
afterEach(() => stack.disposeAsync())

const send = (agent: Agent, { method = 'GET', path = '/' } = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'a.example.org' }
    requestHttp({ host: '127.0.0.1', port: config.httpPort, path, method, headers, agent })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })

const ask = async (agent: Agent, method = 'GET'): Promise<string> => {
  const response = await send(agent, { method })
  return `${response.statusCode} ${await text(response)} of ${String(response.headers['x-task'])}`
}

/** Clients that keep their connections, and so those of HAProxy to the tasks. */
const openClients = (count: number): readonly Agent[] => {
  const agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  stack.defer(() => agents.forEach((agent) => agent.destroy()))
  return agents
}

const warm = async (agents: readonly Agent[]): Promise<void> => {
  await poll(() => ask(agents[0] as Agent).catch(String)).toContain('200')
  await poll(async () => new Set(await Promise.all(agents.map((agent) => ask(agent)))).size).toBe(2)
}

const told = (event: string) =>
  lines.map((line) => JSON.parse(line) as { event: string }).filter((it) => it.event === event)

test('who waits for a node that lost its power is answered by another, long before the kernel gives it up', async () => {
  const clients = openClients(8)
  await warm(clients)
  using _ = silence(far, farNode)
  const beganMs = performance.now()
  const answers = await Promise.all(clients.map((agent) => ask(agent)))
  expect(performance.now() - beganMs).toBeLessThan(kernelMs - 1_000)
  expect(new Set(answers)).toEqual(new Set([`200 whole of ${near}`]))
  expect(told('node')).toMatchObject([{ node: farNode, is: 'silent' }])
})

test('what may not be asked twice is not, and an answer that has begun goes on when the node was only slow', async () => {
  const clients = openClients(8)
  await warm(clients)
  const [longing, ...others] = clients as readonly [Agent, ...Agent[]]
  let long: IncomingMessage
  do long = await send(longing, { path: '/long' })
  while (long.headers['x-task'] !== far && (ends.pop()?.(), await text(long)))
  {
    using _ = silence(far, farNode)
    arrived = []
    const posts = others.map((agent) => ask(agent, 'POST').catch(() => 'failed'))
    await poll(() => told('node')).toMatchObject([{ node: farNode, is: 'silent', again: 0 }])
    const sent = await Promise.all(posts)
    const answered = sent.filter((answer) => answer !== 'failed')
    expect(answered.length).toBeLessThan(others.length)
    expect(arrived).toEqual(answered.map(() => `POST ${near}`))
  }
  ends.forEach((end) => end())
  expect(await text(long)).toBe('begin, end')
  await poll(() => told('node')).toMatchObject([{ is: 'silent' }, { node: farNode, is: 'back' }])
  await poll(async () => new Set(await Promise.all(others.map((agent) => ask(agent)))).size).toBe(2)
})
