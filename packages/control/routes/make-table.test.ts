import { wantedHosts } from '@atoll/certificates'
import type { TaskEndpoint } from '@atoll/engine'
import type { RouteTable } from '@atoll/ingress'
import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { routedAppOf } from './find-routes.ts'
import { makeTable } from './make-table.ts'

const shop = createApp([createService('web'), createService('db')], {
  routes: [createRoute('web', 'shop.example.org')],
})
const listRouted = (...all: readonly App[]) => all.flatMap((app) => routedAppOf(app) ?? [])
const apps = listRouted(shop)
const bare = { addresses: new Map<string, string>(), certificates: [], trustedProxies: [] }
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

it('has of each task where its node is, where that is known', () => {
  const endpoints = [endpoint('1', 'shop_test_default'), { ...endpoint('2', 'shop_test_default'), nodeId: 'n2' }]
  const given = makeTable({ ...bare, apps, endpoints, addresses: new Map([['n1', '192.0.2.1']]) })
  expect(read(given).environments[0]?.endpoints['web']).toEqual([
    { id: '1', address: '10.0.0.1', node: '192.0.2.1', state: 'ready' },
    { id: '2', address: '10.0.0.2', state: 'ready' },
  ])
})

it('has the tasks of services that are asked about a route or get copies, and their networks', () => {
  const route = createRoute('web', 'shop.example.org')
  const forwardAuth = { service: 'auth', port: 9000, path: '/', requestHeaders: [], responseHeaders: [], timeoutMs: 1 }
  const mirror = { service: 'next', port: 80, share: 1 }
  const services = ['web', 'auth', 'next', 'db'].map((name) => createService(name))
  const asking = createApp(services, { routes: route.kind === 'http' ? [{ ...route, forwardAuth, mirror }] : [] })
  const auth = { ...endpoint('2', 'shop_test_back'), service: 'shop_test_auth' }
  const next = { ...endpoint('3', 'shop_test_back'), service: 'shop_test_next' }
  const endpoints = [endpoint('1', 'shop_test_default'), auth, next]
  const given = makeTable({ ...bare, apps: listRouted(asking), endpoints })
  expect(given.networks.map(({ name }) => name)).toEqual(['shop_test_back', 'shop_test_default'])
  expect(read(given).environments).toMatchObject([
    {
      endpoints: { auth: [{ id: '2', address: '10.0.0.2' }], next: [{ id: '3' }], web: [{ id: '1' }] },
      mostTasks: { auth: 2, next: 2, web: 2 },
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
  const expecting = makeTable({ ...bare, apps, endpoints: [], trustedProxies: [one], isProxyProtocolExpected: true })
  expect(read(expecting).isProxyProtocolExpected).toBe(true)
  expect(read(makeTable({ ...bare, apps, endpoints: [], hasProbes: true }))).not.toHaveProperty('hasProbes')
  expect(read(makeTable({ ...bare, apps, endpoints: [], hasProbes: false })).hasProbes).toBe(false)
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

it('names the files that nodes have to have, and with them is another', () => {
  const at = (image: string): App => {
    const static_ = { image, path: '/site', index: 'index.html', cacheSeconds: {} }
    return createApp([createService('web')], {
      routes: [createRoute('web', 'shop.example.org', { targets: [], static: static_ })],
    })
  }
  const make = (image: string) => makeTable({ apps: listRouted(at(image)), endpoints: [], ...bare })
  const [one, two] = ['a', 'b'].map((digit) => make(`site@sha256:${digit.repeat(64)}`))
  expect(one?.sites).toMatchObject([{ image: `site@sha256:${'a'.repeat(64)}`, path: '/site' }])
  expect(two?.version).not.toBe(one?.version)
  expect(make('site:1')).not.toHaveProperty('sites')
})
