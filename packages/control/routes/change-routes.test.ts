import type { Input } from '@atoll/api'
import { expect, it } from 'vitest'
import { addPerson, caught, uploadOf } from '../test-control.ts'
import { composeOf, ofShop, openRouted } from './test-routed.ts'

const never = new AbortController().signal

const change = (opened: Awaited<ReturnType<typeof openRouted>>, app: string, body: RouteChange) =>
  opened.stage.settle(opened.client.call('startDeployment', { params: { app, environment: 'test' }, body }, never))
type RouteChange = Extract<Input<'startDeployment'>['body'], { readonly kind: 'add-route' | 'remove-route' }>

const api: RouteChange = {
  kind: 'add-route',
  service: 'web',
  route: { host: 'shop.example.org', path: '/api', port: 80 },
}

it('a route is added and removed without files, touches no task, and is what others cannot have meanwhile', async () => {
  await using opened = await openRouted()
  await opened.send('shop', ofShop)
  await opened.send('rival', '{host: rival.example.org, port: 80}')
  const tasks = () => [...opened.stage.engine.world.services.values()].flatMap((each) => each.tasks.map(({ id }) => id))
  const before = tasks()
  const names = async () =>
    (await opened.client.call('listRoutes', { query: {} }, never)).items.flatMap(({ app, route }) =>
      app === 'shop' ? [route] : [],
    )
  const { operation } = await change(opened, 'shop', api)
  await opened.stage.pass(1_000)
  expect((await names()).toSorted()).toEqual(['shop.example.org/', 'shop.example.org/api'])
  const params = { app: 'shop', environment: 'test', operation }
  expect(await opened.client.call('getOperation', { params }, never)).toMatchObject({
    kind: 'add-route',
    by: 'ann',
    outcome: { kind: 'converged', release: 2 },
  })
  expect(await caught(change(opened, 'shop', api))).toMatchObject({ status: 409, code: 'nothing-to-do' })
  expect(await caught(change(opened, 'rival', api))).toMatchObject({
    status: 422,
    code: 'routes-refused',
    problems: [
      { key: 'route', message: 'shop.example.org/api is a route of web in rival/test and of web in shop/test' },
    ],
  })
  await change(opened, 'shop', { kind: 'remove-route', route: 'shop.example.org/api' })
  await opened.stage.pass(1_000)
  expect(await names()).toEqual(['shop.example.org/'])
  expect(tasks()).toEqual(before)
  await change(opened, 'rival', api)
})

it('a route that cannot be is refused with what is wrong with it, before anything is done', async () => {
  await using opened = await openRouted()
  await opened.send('shop', ofShop)
  const tcp: RouteChange = { kind: 'add-route', service: 'web', route: { protocol: 'tcp', listen: 5432, port: 5432 } }
  expect(await caught(change(opened, 'shop', tcp))).toMatchObject({
    code: 'routes-refused',
    problems: [{ key: 'route', message: 'port 5432 of the nodes is not open for streams' }],
  })
  expect(await caught(change(opened, 'shop', { ...api, route: { host: 'a.example.org', prot: 80 } }))).toMatchObject({
    status: 422,
    code: 'invalid-route',
    problems: [{ key: 'route.prot', message: expect.stringContaining('unknown key prot') }],
  })
  expect(await caught(change(opened, 'shop', { ...api, service: 'wbe' }))).toMatchObject({ code: 'not-found' })
  expect(await caught(change(opened, 'rival', api))).toMatchObject({ code: 'not-found' })
  const gone: RouteChange = { kind: 'remove-route', route: 'shop.example.org/x' }
  expect(await caught(change(opened, 'shop', gone))).toMatchObject({
    status: 404,
    code: 'not-found',
    hint: 'its routes are shop.example.org/',
  })
  const { items } = await opened.client.call('listReleases', { params: { app: 'shop', environment: 'test' } }, never)
  expect(items).toHaveLength(1)
})

it('the audit says which route was added, and nothing of what guards it', async () => {
  await using opened = await openRouted()
  await opened.send('shop', ofShop)
  const hash = `$5$salt$${'a'.repeat(43)}`
  const { route } = api
  const guarded = { ...route, basic_auth: { users: { ann: hash } }, request_headers: { set: { 'X-Key': 'hunter2' } } }
  await change(opened, 'shop', { ...api, route: guarded })
  const { items } = await opened.client.call('listAudit', { query: { limit: 1 } }, never)
  expect(items).toMatchObject([
    { action: 'startDeployment', by: 'ann', subject: 'shop/test', after: { kind: 'add-route', service: 'web', route } },
  ])
  expect(JSON.stringify(items)).toContain('basic_auth')
  expect(JSON.stringify(items)).not.toMatch(/salt|hunter2/)
})

it('a plan and a difference of releases say that what guards a route changes, and not from what to what', async () => {
  await using opened = await openRouted()
  const guarded = (salt: string): string =>
    `{host: a.example.org, port: 80, basic_auth: {users: {ann: "$$5$$${salt}$$${'a'.repeat(43)}"}}}`
  await opened.send('shop', guarded('salt1'))
  const params = { app: 'shop', environment: 'test' }
  const body = uploadOf(composeOf('shop', guarded('salt2')))
  const { routes } = await opened.client.call('planProject', { params, body }, never)
  const change = { from: '****', to: '****' }
  expect(routes).toEqual([
    {
      service: 'web',
      route: 'a.example.org/',
      kind: 'changed',
      changes: [{ field: 'basicAuth.users.ann', ...change }],
    },
  ])
  await opened.send('shop', guarded('salt2'))
  const { items } = await opened.client.call('diffReleases', { params, query: { from: 1, to: 2 } }, never)
  expect(items).toEqual([
    {
      service: 'web',
      kind: 'changed',
      changes: [{ field: 'route a.example.org/ basicAuth.users.ann', ...change }],
    },
  ])
})

it('whoever may only look at an app changes none of its routes', async () => {
  await using opened = await openRouted()
  await opened.send('shop', ofShop)
  const eve = await addPerson(opened.control, {
    name: 'eve',
    grants: [{ role: 'viewer' }, { role: 'deployer', app: 'rival' }],
  })
  const asEve = { ...opened, client: opened.control.client(eve) }
  expect(await caught(change(asEve, 'shop', api))).toMatchObject({ status: 403 })
  const removed = change(asEve, 'shop', { kind: 'remove-route', route: 'shop.example.org/' })
  expect(await caught(removed)).toMatchObject({ status: 403 })
})
