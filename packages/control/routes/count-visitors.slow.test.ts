import { openTestAgent, testSelf } from '@atoll/agent/testing'
import { systemClock } from '@atoll/deploy'
import { openFakeEngine } from '@atoll/engine/fake'
import { render, superviseHaproxy } from '@atoll/ingress'
import type { Configuration, Ingress } from '@atoll/ingress'
import { endpointsAt, environmentOf, sampleSettings } from '@atoll/ingress/testing'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createVisitorCounter } from './count-visitors.ts'

const live = new AbortController().signal
const ref = { app: 'shop', environment: 'production' }
let stack: AsyncDisposableStack
let ports: { readonly task: number; readonly http: number }
let folder = ''

const answer: RequestListener = (request, response) => {
  if (request.url === '/silent') request.socket.destroy()
  else response.writeHead(request.url === '/broken' ? 500 : 200).end()
}

/** Gives the port of the loopback it listens at until it is closed. */
const listen = async (work: AsyncDisposableStack): Promise<number> => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  work.defer(async () => {
    server.close().closeAllConnections()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'atoll-visitors-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const moment = new AsyncDisposableStack()
  ports = { task: await listen(stack), http: await listen(moment) }
  await moment.disposeAsync()
})
afterEach(() => stack.disposeAsync())

const configure = (hosts: readonly string[]): Configuration => {
  const routes = hosts.map((host) => `{host: ${host}, port: ${ports.task}}`).join(', ')
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes}]}}}}`
  const shop = environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })
  const settings = { ...sampleSettings, httpPort: ports.http, runFolder: folder }
  return render({ environments: [shop], certificates: [] }, settings)
}

const supervise = (): Promise<Ingress> =>
  superviseHaproxy(configure(['a.example.org']), {
    program: '/usr/sbin/haproxy',
    folder: join(folder, 'configurations'),
    runFolder: folder,
    reloadEveryMs: 100,
    graceMs: 1_000,
    log: () => undefined,
    onRequest: () => undefined,
  })

/** The control of a cluster of one node: by its agent it comes to that ingress. */
const openCounter = async ({ readTally }: Ingress) => {
  const engine = openFakeEngine()
  const ingress = {
    readTally: ({ ref: { app, environment }, ...rest }: { ref: typeof ref; since?: number }) =>
      readTally({ app, environment, ...rest }),
    fetchSite: async () => undefined,
    give: async () => undefined,
    follow: async function* () {
      yield {}
    },
    keep: async () => undefined,
  }
  const { remote } = stack.use(await openTestAgent(engine, { ingress }))
  const recentNodes = async () =>
    (await engine.nodes(live)).slice(0, 1).map((node) => ({ ...node, id: testSelf.nodeId }))
  return createVisitorCounter({
    routing: remote.routing,
    recentNodes,
    clock: systemClock,
    isProbing: async () => true,
    hasStreams: async () => false,
  })
}

const ask = async (path: string, host = 'a.example.org'): Promise<void> => {
  const asked = requestHttp({ host: '127.0.0.1', port: ports.http, path, headers: { host }, agent: false }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  await once(response.resume(), 'end')
}

it('what HAProxy answered comes to the control by its agent, of the time between begin and end alone', async () => {
  const ingress = stack.use(await supervise())
  const counter = await openCounter(ingress)
  for (const path of ['/', '/broken', '/silent']) await ask(path)
  await expect.poll(async () => (await ingress.readTally(ref)).routes[0]?.requests, { timeout: 20_000 }).toBe(3)
  const begun = JSON.parse(JSON.stringify(await counter.begin(ref, live))) as unknown
  for (const path of ['/', '/broken']) await ask(path)
  expect(await ingress.apply(configure(['a.example.org', 'b.example.org']))).toBe('reloaded')
  for (const path of ['/', '/silent']) await ask(path)
  await ask('/', 'b.example.org')
  const isAll = async () => (await counter.end(ref, begun, live)).all.requests
  await expect.poll(isAll, { timeout: 20_000 }).toBe(5)
  const { all, routes, uncounted } = await counter.end(ref, begun, live)
  expect(uncounted).toEqual([])
  expect(all).toMatchObject({ failed: 1, statuses: { '1xx': 0, '2xx': 3, '3xx': 0, '4xx': 0, '5xx': 2 } })
  expect(routes.map(({ route, requests, failed }) => [route, requests, failed])).toEqual([
    ['a.example.org/', 4, 1],
    ['b.example.org/', 1, 0],
  ])
})

it('an ingress that was started anew is not counted', async () => {
  const first = await supervise()
  const begun = await (await openCounter(first)).begin(ref, live)
  await first[Symbol.asyncDispose]()
  const counter = await openCounter(stack.use(await supervise()))
  await ask('/')
  expect(await counter.end(ref, begun, live)).toMatchObject({ uncounted: ['node-1'], all: { requests: 0 } })
})
