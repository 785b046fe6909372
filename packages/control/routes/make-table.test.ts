import { wantedHosts } from '@atoll/certificates'
import type { TaskEndpoint } from '@atoll/engine'
import type { RouteTable } from '@atoll/ingress'
import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { routedAppOf } from './find-routes.ts'
import { isServed, makeTable } from './make-table.ts'

const shop = createApp([createService('web'), createService('db')], {
  routes: [createRoute('web', 'shop.example.org')],
})
const listRouted = (...all: readonly App[]) => all.flatMap((app) => routedAppOf(app) ?? [])
const apps = listRouted(shop)
const bare = { certificates: [], trustedProxies: [] }
const endpoint = (taskId: string, ...networks: readonly string[]): TaskEndpoint => ({
  service: 'shop_test_web',
  taskId,
  nodeId: 'n1',
  networks: networks.map((name, index) => ({
    name,
    subnet: `10.0.${index}.0/24`,
    address: `10.0.${index}.${taskId}`,
  })),
})
const read = (given: { readonly table: string }): RouteTable => JSON.parse(given.table) as RouteTable

it('has of each environment its routes, and the tasks of the services they lead to', () => {
  const given = makeTable({ apps, endpoints: [endpoint('1', 'shop_test_default')], ...bare })
  expect(given.networks).toEqual([{ name: 'shop_test_default', subnet: '10.0.0.0/24' }])
  expect(read(given).environments).toEqual([
    {
      app: 'shop',
      environment: 'test',
      routes: shop.routes,
      endpoints: { web: [{ id: '1', address: '10.0.0.1', state: 'ready' }] },
      mostTasks: { web: 2 },
    },
  ])
})

it('has the tasks of a service that is asked about a route, and its network', () => {
  const route = createRoute('web', 'shop.example.org')
  const forwardAuth = { service: 'auth', port: 9000, path: '/', requestHeaders: [], responseHeaders: [], timeoutMs: 1 }
  const asking = createApp([createService('web'), createService('auth'), createService('db')], {
    routes: route.kind === 'http' ? [{ ...route, forwardAuth }] : [],
  })
  const auth = { ...endpoint('2', 'shop_test_back'), service: 'shop_test_auth' }
  const endpoints = [endpoint('1', 'shop_test_default'), auth]
  const given = makeTable({ ...bare, apps: listRouted(asking), endpoints })
  expect(given.networks.map(({ name }) => name)).toEqual(['shop_test_back', 'shop_test_default'])
  expect(read(given).environments).toMatchObject([
    {
      endpoints: { auth: [{ id: '2', address: '10.0.0.2' }], web: [{ id: '1' }] },
      mostTasks: { auth: 2, web: 2 },
    },
  ])
})

it('reaches a task in a network of its own environment, where there is one', () => {
  const mixed = endpoint('1', 'another', 'shop_test_front')
  const given = makeTable({ apps, endpoints: [mixed, endpoint('2', 'another')], ...bare })
  expect(given.networks).toMatchObject([{ name: 'another' }, { name: 'shop_test_front' }])
  expect(read(given).environments[0]?.endpoints['web']?.map(({ address }) => address)).toEqual(['10.0.1.1', '10.0.0.2'])
})

it('is the same for the same world in whatever order, and another when anything is', () => {
  const endpoints = ['1', '2', '3'].map((id) => endpoint(id, 'shop_test_default', 'other'))
  const { version } = makeTable({ apps, endpoints, ...bare })
  const orders = fc.shuffledSubarray(endpoints, { minLength: endpoints.length })
  fc.assert(fc.property(orders, (order) => makeTable({ apps, endpoints: order, ...bare }).version === version))
  const certificates = [{ host: 'shop.example.org', pem: 'x', isPublic: true }]
  expect(makeTable({ ...bare, apps, endpoints, certificates }).version).not.toBe(version)
  expect(makeTable({ apps, endpoints: endpoints.slice(1), ...bare }).version).not.toBe(version)
})

it('says whose word on the client is taken, in whatever order', () => {
  const [one, other] = ['10.0.0.0/24', '192.0.2.7']
  const given = makeTable({ ...bare, apps, endpoints: [], trustedProxies: [other, one] })
  expect(read(given).trustedProxies).toEqual([one, other])
  expect(makeTable({ ...bare, apps, endpoints: [], trustedProxies: [one, other] }).version).toBe(given.version)
  expect(read(makeTable({ ...bare, apps, endpoints: [] }))).not.toHaveProperty('trustedProxies')
})

it('leaves out routes that need a port nobody has opened', () => {
  const { host: _host, ...rest } = { host: '', ...createRoute('web', 'x') }
  const { service, targets, balance, timeouts, allow, deny } = rest
  const common = { service, targets, balance, timeouts, allow, deny }
  expect(isServed({ kind: 'tcp', listen: 5432, ...common })).toBe(false)
  expect(isServed({ kind: 'tls', listen: 8443, host: 'a.example.org', ...common })).toBe(false)
  expect(isServed({ kind: 'tls', listen: 443, host: 'a.example.org', ...common })).toBe(true)
})

it('an app without routes is none of it, and a host is named once', () => {
  expect(routedAppOf(createApp([createService('web')]))).toBeUndefined()
  const twice = createApp([createService('web')], {
    routes: [
      createRoute('web', 'b.example.org'),
      createRoute('web', 'b.example.org'),
      createRoute('web', 'a.example.org'),
    ],
  })
  expect(wantedHosts(listRouted(twice)).map(({ host }) => host)).toEqual(['a.example.org', 'b.example.org'])
})
