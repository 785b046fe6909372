import type { Input } from '@atoll/api'
import { createAuthority, issueCertificate } from '@atoll/authority'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { NodeIngress, RoutingApi } from '@atoll/engine'
import { expect, it } from 'vitest'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'

const never = new AbortController().signal
const compose = (app: string, routes: string): string =>
  `name: ${app}\nservices:\n  web:\n    image: web:1\n    x-atoll:\n      routes: [${routes}]\n`

/** Ingresses that say these of themselves; one that says nothing cannot be reached. */
const routingOf = (stage: Stage, states: readonly NodeIngress[]): RoutingApi => ({
  listEndpoints: async () => [],
  watchServices: async function* () {},
  giveRoutes: async () => undefined,
  readTally: async () => Promise.reject(new EngineError('not-found', 'nobody counts here')),
  followIngress: async function* (nodeId) {
    const state = states[stage.engine.world.nodes.findIndex(({ id }) => id === nodeId)]
    if (state === undefined) throw new EngineError('unreachable', `reach the agent of node ${nodeId}`)
    yield state
  },
})

const open = async (states: readonly NodeIngress[] = [], given: { readonly hasIngress?: boolean } = {}) => {
  const stage = openStage()
  const control = await openTestControl(stage, { routing: routingOf(stage, states), ...given })
  const client = control.client(await addPerson(control, { name: 'ann', grants: [{ role: 'owner' }] }))
  const send = async (app: string, routes: string) => {
    const params = { app, environment: 'test' }
    const body = { kind: 'deploy' as const, project: uploadOf(compose(app, routes)) }
    const started = await stage.settle(client.call('startDeployment', { params, body }, never))
    await stage.pass(30_000)
    return started
  }
  return { stage, control, client, send, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

const ofShop = '{host: shop.example.org, port: 80}'

it('a route that somebody has is refused with both owners, at its place, before anything is done', async () => {
  await using opened = await open()
  await opened.send('shop', ofShop)
  const error = await caught(opened.send('rival', ofShop))
  expect(error).toMatchObject({
    status: 422,
    code: 'routes-refused',
    problems: [
      {
        path: 'compose.yaml',
        line: 6,
        message: 'shop.example.org/ is a route of web in rival/test and of web in shop/test',
      },
    ],
  })
  expect([...opened.stage.engine.world.services.keys()]).toEqual(['shop_test_web'])
  const params = { app: 'rival', environment: 'test' }
  const planned = opened.client.call('planProject', { params, body: uploadOf(compose('rival', ofShop)) }, never)
  expect(await caught(planned)).toMatchObject({ code: 'routes-refused' })
})

it('its owner may deploy it again, others may have a longer path, and what was given up is free', async () => {
  await using opened = await open()
  await opened.send('shop', ofShop)
  await opened.send('shop', ofShop)
  await opened.send('rival', '{host: shop.example.org, path: /rival, port: 80}')
  await opened.send('shop', '{host: other.example.org, port: 80}')
  await opened.send('rival', ofShop)
  const params = { app: 'shop', environment: 'test' }
  const back = opened.client.call('startDeployment', { params, body: { kind: 'rollback', release: 1 } }, never)
  expect(await caught(back)).toMatchObject({ code: 'routes-refused' })
})

it('a port that the ingress has not is refused', async () => {
  await using opened = await open()
  const error = await caught(opened.send('shop', '{protocol: tcp, listen: 5432, port: 5432}'))
  expect(error).toMatchObject({
    code: 'routes-refused',
    problems: [{ message: 'the ingress has ports 80 and 443 alone' }],
  })
})

it('no route is taken where no node has an ingress, and an app without routes is', async () => {
  await using opened = await open([], { hasIngress: false })
  const error = await caught(opened.send('shop', `${ofShop}, {host: other.example.org, port: 80}`))
  expect(error).toMatchObject({
    code: 'routes-refused',
    problems: [{ path: 'compose.yaml', line: 6, hint: expect.stringContaining('atoll init --ingress on') }],
  })
  expect(opened.stage.engine.world.services.size).toBe(0)
  await opened.send('shop', '')
  expect([...opened.stage.engine.world.services.keys()]).toEqual(['shop_test_web'])
})

const change = (opened: Awaited<ReturnType<typeof open>>, app: string, body: RouteChange) =>
  opened.stage.settle(opened.client.call('startDeployment', { params: { app, environment: 'test' }, body }, never))
type RouteChange = Extract<Input<'startDeployment'>['body'], { readonly kind: 'add-route' | 'remove-route' }>

const api: RouteChange = {
  kind: 'add-route',
  service: 'web',
  route: { host: 'shop.example.org', path: '/api', port: 80 },
}

it('a route is added and removed without files, touches no task, and is what others cannot have meanwhile', async () => {
  await using opened = await open()
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
  await using opened = await open()
  await opened.send('shop', ofShop)
  const tcp: RouteChange = { kind: 'add-route', service: 'web', route: { protocol: 'tcp', listen: 5432, port: 5432 } }
  expect(await caught(change(opened, 'shop', tcp))).toMatchObject({
    code: 'routes-refused',
    problems: [{ key: 'route', message: 'the ingress has ports 80 and 443 alone' }],
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
  await using opened = await open()
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
  await using opened = await open()
  const guarded = (salt: string): string =>
    `{host: a.example.org, port: 80, basic_auth: {users: {ann: "$$5$$${salt}$$${'a'.repeat(43)}"}}}`
  await opened.send('shop', guarded('salt1'))
  const params = { app: 'shop', environment: 'test' }
  const body = uploadOf(compose('shop', guarded('salt2')))
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
  await using opened = await open()
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

it('routes are listed to who may see their app, with how many tasks are to answer them', async () => {
  await using opened = await open()
  await opened.send('shop', `${ofShop}, {host: shop.example.org, path: /old, redirect: {path: /}}`)
  await opened.send('rival', '{host: rival.example.org, port: 80}')
  const { items } = await opened.client.call('listRoutes', { query: {} }, never)
  expect(items.map(({ route }) => route).toSorted()).toEqual([
    'rival.example.org/',
    'shop.example.org/',
    'shop.example.org/old',
  ])
  expect(items.find(({ route }) => route === 'shop.example.org/')).toEqual({
    app: 'shop',
    environment: 'test',
    service: 'web',
    route: 'shop.example.org/',
    ready: 0,
    wanted: 1,
  })
  const deployer = await addPerson(opened.control, { name: 'eve', grants: [{ role: 'viewer', app: 'rival' }] })
  const seen = await opened.control.client(deployer).call('listRoutes', { query: { limit: 1 } }, never)
  expect(seen.items.map(({ app }) => app)).toEqual(['rival'])
})

it('a route that ingresses do not take is listed with the reason and the nodes; routes of others are well', async () => {
  const part = {
    kind: 'environment',
    app: 'shop',
    environment: 'test',
    reason: 'unknown keyword',
    isKept: true,
  } as const
  const pem = { kind: 'certificate', host: 'rival.example.org', reason: 'cannot load', isKept: false } as const
  await using opened = await open([
    { version: '1', refused: [part] },
    { version: '1', refused: [part, pem] },
  ])
  await opened.send('shop', ofShop)
  await opened.send('rival', '{host: rival.example.org, port: 80}, {host: other.example.org, port: 80}')
  const { items } = await opened.client.call('listRoutes', { query: {} }, never)
  const [first = '', second = ''] = opened.stage.engine.world.nodes.map(({ name }) => name)
  expect(Object.fromEntries(items.map(({ route, troubles }) => [route, troubles]))).toEqual({
    'shop.example.org/': [
      { nodes: [first, second], message: "unknown keyword; the app's routes of before are served" },
    ],
    'rival.example.org/': [{ nodes: [second], message: 'cannot load; its host has no TLS' }],
    'other.example.org/': undefined,
  })
})

it('a request is told which route answers it and why others do not, of apps one may see', async () => {
  await using opened = await open()
  await opened.send('shop', `${ofShop}, {host: shop.example.org, path: /api, method: [POST], port: 80}`)
  await opened.send('rival', '{host: shop.example.org, path: /rival, port: 80}, {host: rival.example.org, port: 80}')
  const ask = (query: { readonly url: string; readonly headers?: string; readonly app?: string }) =>
    opened.client.call('testRoute', { query }, never)
  const shop = { app: 'shop', environment: 'test', service: 'web', ready: 0, wanted: 1 }
  expect(await ask({ url: 'https://shop.example.org/api' })).toEqual({
    kind: 'route',
    route: { ...shop, route: 'shop.example.org/' },
    others: [
      { ...shop, app: 'rival', route: 'shop.example.org/rival', why: 'the path is /api' },
      { ...shop, route: 'POST shop.example.org/api', why: 'the method is GET' },
    ],
    elsewhere: 1,
  })
  expect(await ask({ url: 'https://shop.example.org/rival', app: 'shop' })).toMatchObject({ route: { app: 'shop' } })
  expect(await ask({ url: 'https://shop.example.org/%' })).toMatchObject({ kind: 'refused' })
  expect(await ask({ url: 'https://else.example.org' })).toEqual({ kind: 'none', others: [], elsewhere: 4 })
  expect(await caught(ask({ url: 'https://shop.example.org', headers: 'X' }))).toMatchObject({ code: 'not-a-request' })

  const eve = await addPerson(opened.control, { name: 'eve', grants: [{ role: 'viewer', app: 'rival' }] })
  const query = { url: 'https://shop.example.org/api' }
  expect(await opened.control.client(eve).call('testRoute', { query }, never)).toEqual({
    kind: 'hidden',
    others: [{ ...shop, app: 'rival', route: 'shop.example.org/rival', why: 'the path is /api' }],
    elsewhere: 1,
  })
})

it('another authority for clients of a host, before the path is known, is refused with both owners', async () => {
  await using opened = await open()
  const nowMs = Date.now()
  const [one, other] = [await createAuthority({ name: 'one', nowMs }), await createAuthority({ name: 'other', nowMs })]
  const asking = (path: string, pem: string): string =>
    `{host: shop.example.org, path: ${path}, port: 80, client_certificates: {authority: ${JSON.stringify(pem)}}}`
  await opened.send('shop', asking('/staff', one.certificatePem))
  await opened.send('rival', asking('/rival', one.certificatePem))
  const message =
    'shop.example.org/staff of web in shop/test asks for certificates of another authority than shop.example.org/rival of web in rival/test'
  const error = await caught(opened.send('rival', asking('/rival', other.certificatePem)))
  expect(error).toMatchObject({ code: 'routes-refused', problems: [{ line: 6, message }] })
  const { certificatePem } = await issueCertificate({
    authority: one,
    commonName: 'ann',
    names: [],
    addresses: [],
    use: 'client',
    nowMs,
    lifeMs: 60_000,
  })
  expect(await caught(opened.send('third', asking('/', certificatePem)))).toMatchObject({
    code: 'invalid-project',
    problems: [{ message: 'certificate 1 of 1, CN=ann, is not that of an authority' }],
  })
})
