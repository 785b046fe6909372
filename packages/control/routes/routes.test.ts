import { createAuthority, issueCertificate } from '@atoll/authority'
import { expect, it } from 'vitest'
import { addPerson, caught, uploadOf } from '../test-control.ts'
import { composeOf, ofShop, openPorts, openRouted } from './test-routed.ts'

const never = new AbortController().signal

it('a route that somebody has is refused with both owners, at its place, before anything is done', async () => {
  await using opened = await openRouted()
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
  const planned = opened.client.call('planProject', { params, body: uploadOf(composeOf('rival', ofShop)) }, never)
  expect(await caught(planned)).toMatchObject({ code: 'routes-refused' })
})

it('its owner may deploy it again, others may have a longer path, and what was given up is free', async () => {
  await using opened = await openRouted()
  await opened.send('shop', ofShop)
  await opened.send('shop', ofShop)
  await opened.send('rival', '{host: shop.example.org, path: /rival, port: 80}')
  await opened.send('shop', '{host: other.example.org, port: 80}')
  await opened.send('rival', ofShop)
  const params = { app: 'shop', environment: 'test' }
  const back = opened.client.call('startDeployment', { params, body: { kind: 'rollback', release: 1 } }, never)
  expect(await caught(back)).toMatchObject({ code: 'routes-refused' })
})

const ofDatabase = '{protocol: tcp, listen: 5432, port: 5432}'

it('a port that is not open is refused with how it is opened, until it is', async () => {
  await using opened = await openRouted()
  await openPorts(opened.stage.documents, [6379])
  const error = await caught(opened.send('shop', `${ofShop}, ${ofDatabase}`))
  expect(error).toMatchObject({
    code: 'routes-refused',
    problems: [
      {
        line: 6,
        message: 'port 5432 of the nodes is not open for streams',
        hint: expect.stringContaining('"atoll settings --stream-ports 5432,6379"'),
      },
    ],
  })
  expect((error as { problems: readonly object[] }).problems).toHaveLength(1)
  const params = { app: 'shop', environment: 'test' }
  const body = uploadOf(composeOf('shop', ofDatabase))
  expect(await caught(opened.client.call('planProject', { params, body }, never))).toMatchObject({
    code: 'routes-refused',
  })
  await openPorts(opened.stage.documents, [5432, 6379])
  await opened.send('shop', ofDatabase)
  expect([...opened.stage.engine.world.services.keys()]).toEqual(['shop_test_web'])
})

it('nobody goes back to a release whose port was closed since', async () => {
  await using opened = await openRouted()
  await openPorts(opened.stage.documents, [5432])
  await opened.send('shop', ofDatabase)
  await opened.send('shop', ofShop)
  await openPorts(opened.stage.documents, [])
  const params = { app: 'shop', environment: 'test' }
  const back = opened.client.call('startDeployment', { params, body: { kind: 'rollback', release: 1 } }, never)
  expect(await caught(back)).toMatchObject({
    code: 'routes-refused',
    message: expect.stringContaining('port 5432 of the nodes is not open for streams'),
  })
})

it('what the second ingress does not take is told of its routes alone, and a closed port of those that need it', async () => {
  const refusal = { kind: 'environment', app: 'shop', environment: 'test', reason: 'no', isKept: false } as const
  await using opened = await openRouted([{}, {}, {}], {}, [{ refused: [refusal] }, {}, {}])
  await openPorts(opened.stage.documents, [5432])
  await opened.send('shop', `${ofShop}, ${ofDatabase}`)
  const troublesOf = async () => {
    const { items } = await opened.client.call('listRoutes', { query: {} }, never)
    return Object.fromEntries(items.map(({ route, troubles = [] }) => [route, troubles]))
  }
  expect(await troublesOf()).toEqual({
    'shop.example.org/': [],
    'tcp port 5432': [{ nodes: ['node-1'], message: `no; none of the app's routes is served` }],
  })
  await openPorts(opened.stage.documents, [])
  expect(await troublesOf()).toMatchObject({
    'shop.example.org/': [],
    'tcp port 5432': [
      { nodes: ['node-1', 'node-2', 'node-3'], message: expect.stringContaining('is not open for streams') },
    ],
  })
})

it('no route is taken where no node has an ingress, and an app without routes is', async () => {
  await using opened = await openRouted([], { hasIngress: false })
  const error = await caught(opened.send('shop', `${ofShop}, {host: other.example.org, port: 80}`))
  expect(error).toMatchObject({
    code: 'routes-refused',
    problems: [{ path: 'compose.yaml', line: 6, hint: expect.stringContaining('atoll init --ingress on') }],
  })
  expect(opened.stage.engine.world.services.size).toBe(0)
  await opened.send('shop', '')
  expect([...opened.stage.engine.world.services.keys()]).toEqual(['shop_test_web'])
})

it('routes are listed to who may see their app, with how many tasks are to answer them', async () => {
  await using opened = await openRouted()
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
  await using opened = await openRouted([
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
  await using opened = await openRouted()
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
  await using opened = await openRouted()
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
