import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as requestHttp } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ServiceTally } from '@atoll/engine'
import { render } from '../render.ts'
import { superviseHaproxy } from '../supervise.ts'
import type { Ingress } from '../supervise.ts'
import type { Configuration, IngressSettings } from '../table.ts'
import { haproxy } from '../testing/haproxy.ts'
import { freePort } from '../testing/free-port.ts'
import { endpointsAt, environmentOf, sampleSettings } from '../testing/table.ts'
import { startTasks } from '../testing/tasks.ts'

const poll = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })
const [oldTask, newTask, otherTask, goneTask] = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.77'] as const

let stack: AsyncDisposableStack
let settings: IngressSettings
let port = 0
/** What tasks of the new service do with a request. */
let handleNew: RequestListener
/** Requests that each task was given. */
let given: Map<string, number>

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  given = new Map()
  handleNew = (_request, response) => response.end('new')
  const tasks = await startTasks([oldTask, newTask, otherTask], (address) => (request, response) => {
    given.set(address, (given.get(address) ?? 0) + 1)
    if (address === oldTask) response.end('old')
    else handleNew(request, response)
  })
  port = stack.use(tasks).port
  // No task is found out before it is asked.
  settings = { ...sampleSettings, httpPort: await freePort(), runFolder: folder, checkEveryMs: 60_000 }
})
afterEach(() => stack.disposeAsync())

/** One route that two services divide, and more, so that it is another configuration. */
const configure = (newAddresses: readonly string[] = [newTask], more = 0): Configuration => {
  const others = Array.from({ length: more }, (_, index) => `{host: a.example.org, path: /${index}, port: ${port}}`)
  const divided = `{host: a.example.org, port: ${port}, weights: {web: 3, web-canary: 1}}`
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${[divided, ...others].join(', ')}]}}, web-canary: {image: x}}}`
  const endpoints = { web: endpointsAt(oldTask), 'web-canary': endpointsAt(...newAddresses) }
  return render({ environments: [environmentOf(text, { endpoints })], certificates: [] }, settings)
}

const supervise = async (): Promise<Ingress> =>
  stack.use(
    await superviseHaproxy(configure(), {
      program: await haproxy(),
      folder: join(settings.runFolder, 'configurations'),
      runFolder: settings.runFolder,
      reloadEveryMs: 100,
      graceMs: 5_000,
      log: () => undefined,
      onRequest: () => undefined,
    }),
  )

const ask = async (): Promise<number | string> => {
  const headers = { host: 'a.example.org' }
  const request = requestHttp({ host: '127.0.0.1', port: settings.httpPort, path: '/', headers, agent: false }).end()
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    for await (const _ of response);
    return response.statusCode ?? 0
  } catch (error) {
    return String(error)
  }
}
const askTimes = async (times: number): Promise<readonly (number | string)[]> => {
  const replies: (number | string)[] = []
  for (let sent = 0; sent < times; sent += 1) replies.push(await ask())
  return replies
}

const servicesOf = async (ingress: Ingress): Promise<Readonly<Record<string, Omit<ServiceTally, 'service'>>>> => {
  const { routes } = await ingress.readTally({ app: 'shop', environment: 'production' })
  const services = routes.find(({ route }) => route === 'a.example.org/')?.services ?? []
  return Object.fromEntries(services.map(({ service, ...rest }) => [service, rest]))
}
const answeredBy = async (ingress: Ingress) => {
  const services = await servicesOf(ingress)
  return Object.fromEntries(Object.entries(services).map(([service, { answered }]) => [service, answered]))
}

/** What the tasks themselves know. */
const givenOf = (...addresses: readonly string[]): number =>
  addresses.reduce((sum, address) => sum + (given.get(address) ?? 0), 0)

test('each service of a route has what its tasks answered, over reloads and when places change hands', async () => {
  const ingress = await supervise()
  await askTimes(40)
  await poll(() => answeredBy(ingress)).toEqual({ web: givenOf(oldTask), 'web-canary': givenOf(newTask) })
  expect(givenOf(newTask)).toBeGreaterThan(5)
  expect(await ingress.apply(configure([otherTask]))).toBe('servers')
  await askTimes(20)
  expect(givenOf(otherTask)).toBeGreaterThan(0)
  const both = () => ({ web: givenOf(oldTask), 'web-canary': givenOf(newTask, otherTask) })
  await poll(() => answeredBy(ingress)).toEqual(both())
  expect(await ingress.apply(configure([otherTask], 1))).toBe('reloaded')
  await askTimes(20)
  await poll(() => answeredBy(ingress)).toEqual(both())
  expect(givenOf(oldTask, newTask, otherTask)).toBe(80)
})

test('errors and failures are those of the service whose task made them, whoever answered instead', async () => {
  const ingress = await supervise()
  handleNew = (_request, response) => response.writeHead(500).end()
  const errors = (await askTimes(20)).filter((status) => status === 500).length
  expect(errors).toBe(givenOf(newTask))
  expect(errors).toBeGreaterThan(0)
  await poll(() => servicesOf(ingress)).toMatchObject({
    web: { answered: 20 - errors, errors: 0, failed: 0 },
    'web-canary': { answered: errors, errors, failed: 0 },
  })
  handleNew = (request) => request.socket.destroy()
  expect(new Set(await askTimes(20))).toEqual(new Set([200]))
  await poll(() => servicesOf(ingress)).toMatchObject({
    web: { failed: 0 },
    'web-canary': { answered: errors, errors, failed: givenOf(newTask) - errors },
  })
})

test('a task that takes no connection is a failure of its service, though another answers', async () => {
  const ingress = await supervise()
  expect(await ingress.apply(configure([goneTask]))).toBe('servers')
  expect(new Set(await askTimes(8))).toEqual(new Set([200]))
  await poll(async () => (await servicesOf(ingress))['web-canary']?.failed).toBeGreaterThan(0)
  expect(await servicesOf(ingress)).toMatchObject({ web: { failed: 0 }, 'web-canary': { answered: 0 } })
})

test('the time of a service is that of its own tasks', async () => {
  const ingress = await supervise()
  handleNew = (_request, response) => void setTimeout(() => response.end('late'), 200)
  await askTimes(16)
  await poll(() => answeredBy(ingress)).toEqual({ web: givenOf(oldTask), 'web-canary': givenOf(newTask) })
  const { web, 'web-canary': canary } = await servicesOf(ingress)
  expect((canary?.totalMs ?? 0) / givenOf(newTask)).toBeGreaterThanOrEqual(190)
  expect((web?.totalMs ?? 0) / givenOf(oldTask)).toBeLessThan(190)
})
