import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import { StoreError } from '@atoll/store'
import type { Document } from '@atoll/store'
import { createSwarmDocuments } from '@atoll/store/swarm'
import { createFakeConfigs, FakeConfigsError } from '@atoll/store/testing'
import { describe, expect, it } from 'vitest'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'
import { emptyCopy, openDocumentsCopy } from './copy.ts'
import { openView } from './view.ts'

const never = new AbortController().signal
const params = { app: 'shop', environment: 'test' }
const authorizationOf = (token: string) => ({ authorization: `Bearer ${token}` })
const compose = 'name: shop\nservices:\n  web:\n    image: web:1\n    deploy: { replicas: 2 }\n'

type Trouble = 'none' | 'no-quorum' | 'hanging'

/** What stands between a control and its engine; who was left hanging goes on when the trouble is over. */
const openTrouble = () => {
  let kind: Trouble = 'none'
  let over = Promise.withResolvers<void>()
  let asked = 0
  const pass = async (refuse: () => Error): Promise<void> => {
    asked += 1
    if (kind === 'no-quorum') throw refuse()
    if (kind === 'none') return
    await over.promise
    return pass(refuse)
  }
  const set = (next: Trouble): void => {
    kind = next
    over.resolve()
    over = Promise.withResolvers<void>()
  }
  return { pass, set, asked: () => asked }
}

type OpenTrouble = ReturnType<typeof openTrouble>

const troubled = (engine: Engine, trouble: OpenTrouble): Engine => {
  const pass = (): Promise<void> => trouble.pass(() => new EngineError('no-quorum', 'the fake has no leader'))
  return {
    ...engine,
    observe: (ref, signal) => pass().then(() => engine.observe(ref, signal)),
    listEnvironments: (signal) => pass().then(() => engine.listEnvironments(signal)),
    countEnvironments: (signal) => pass().then(() => engine.countEnvironments(signal)),
    nodes: (signal) => pass().then(() => engine.nodes(signal)),
  }
}

/** A control with everything real but the engine, and an app that runs. */
const open = async () => {
  const stage = openStage()
  const trouble = openTrouble()
  const configs = createFakeConfigs(() => trouble.pass(() => new FakeConfigsError('no-quorum', true)))
  const documents = createSwarmDocuments({ api: configs, clock: stage.clock })
  const copy = openDocumentsCopy(configs)
  const [, second] = stage.engine.world.nodes
  for (const node of stage.engine.world.nodes) node.isManager = true
  const reach = async (address: string): Promise<boolean> => address === second?.address
  const control = await openTestControl(stage, {
    engine: troubled(stage.engine, trouble),
    documents,
    copy,
    reach,
  })
  const token = await addPerson(control, { name: 'root', grants: [{ role: 'owner' }] })
  const client = control.client(token)
  const body = { kind: 'deploy' as const, project: uploadOf(compose) }
  const { operation } = await stage.settle(client.call('startDeployment', { params, body }, never))
  const input = { params: { ...params, operation } }
  await stage.settle(Array.fromAsync(client.follow('followOperation', input, never)))
  await copy.refresh(never)
  return {
    stage,
    trouble,
    documents,
    copy,
    control,
    token,
    client,
    get: (url: string, headers: Readonly<Record<string, string>> = authorizationOf(token)) =>
      control.server.inject({ method: 'GET', url, headers }),
    async [Symbol.asyncDispose]() {
      trouble.set('none')
      await control[Symbol.asyncDispose]()
      await copy[Symbol.asyncDispose]()
    },
  }
}

const base = '/v1/apps/shop/environments/test'
const reads = [
  '/v1/me',
  '/v1/apps',
  '/v1/nodes',
  '/v1/what-if',
  base,
  `${base}/timeline`,
  `${base}/releases`,
  `${base}/deployments`,
  `${base}/deployments/1`,
]

describe.each(['no-quorum', 'hanging'] as const)('while the engine is %s', (kind) => {
  it.each(reads)('%s answers as before, with its age, and of the moment again afterwards', async (url) => {
    await using world = await open()
    const before = await world.get(url)
    expect([before.statusCode, before.headers['x-atoll-age-ms']]).toEqual([200, undefined])
    world.trouble.set(kind)
    const during = await world.stage.settle(Promise.resolve(world.get(url)))
    expect(during.statusCode).toBe(200)
    expect(withoutTime(during.json())).toEqual(withoutTime(before.json()))
    expect(during.headers['x-atoll-age-ms']).toMatch(/^\d+$/)
    world.trouble.set('none')
    await world.stage.pass(5_000)
    await world.get(url)
    await world.stage.pass(0)
    expect((await world.get(url)).headers['x-atoll-age-ms']).toBeUndefined()
  })

  it('the second who asks does not wait at all', async () => {
    await using world = await open()
    await world.get(base)
    world.trouble.set(kind)
    await world.stage.settle(Promise.resolve(world.get(base)))
    const atMs = world.stage.clock.now()
    expect((await world.get(base)).statusCode).toBe(200)
    expect(world.stage.clock.now()).toBe(atMs)
  })

  it('health answers without any sign-in, and says how old the documents are', async () => {
    await using world = await open()
    expect((await world.get('/v1/health', {})).json()).toMatchObject({ isLeader: true })
    await world.stage.pass(60_000)
    world.trouble.set(kind)
    const asked = world.control.control.view.getHealth(never)
    const answer = await Promise.race([asked, world.stage.pass(100).then(() => 'too late')])
    expect(answer).toMatchObject({ isLeader: false, documentsAgeMs: expect.any(Number) })
  })

  it('nobody calls himself the leader whom a moment ago everybody saw leading', async () => {
    await using world = await open()
    const { view } = world.control.control
    await world.get('/v1/nodes')
    expect(await view.getHealth(never)).toMatchObject({ isLeader: true })
    world.trouble.set(kind)
    await world.stage.settle(Promise.resolve(world.get('/v1/nodes')))
    expect(await view.getHealth(never)).toMatchObject({ isLeader: false })
  })

  it('a change waits for an election, and then says who is missing and what to do', async () => {
    await using world = await open()
    const [first, second, third] = world.stage.engine.world.nodes
    await world.get('/v1/nodes')
    world.trouble.set(kind)
    const startedAtMs = world.stage.clock.now()
    const body = { name: 'ci', role: 'viewer' as const, expiresInS: 3600 }
    const error = await world.stage.settle(caught(world.client.call('createToken', { body }, never)))
    expect(world.stage.clock.now() - startedAtMs).toBeGreaterThanOrEqual(24_000)
    expect(error).toMatchObject({ status: 503, code: 'no-quorum', retry: true })
    expect((error as Error).message).toContain(`${first?.name}, ${second?.name} answer, and 2 of 3 managers are needed`)
    expect((error as { hint?: string }).hint).toContain(`start ${third?.name} again`)
    const signIn = { name: 'root', password: 'not the password' }
    const nobody = await world.stage.settle(caught(world.client.call('signIn', { body: signIn }, never)))
    expect(nobody).toMatchObject({ status: 503, code: 'no-quorum' })
    world.trouble.set('none')
    expect(await world.documents.list('token', {}, never)).toEqual([])
  })

  it('a change goes through when the election ends in time', async () => {
    await using world = await open()
    world.trouble.set(kind)
    const body = { name: 'ci', role: 'viewer' as const, expiresInS: 3600 }
    const end = world.stage.clock.wait(10_000, never).then(() => world.trouble.set('none'))
    const made = world.client.call('createToken', { body }, never)
    const [token] = await world.stage.settle(Promise.all([made, end]))
    expect(await world.documents.list('token', {}, never)).toMatchObject([{ id: token.id }])
  })
})

const withoutTime = (value: object): object => ({ ...value, atMs: 0 })

it('strangers who come at once cost the engine one question', async () => {
  await using world = await open()
  const before = world.trouble.asked()
  const { view } = world.control.control
  await Promise.all(Array.from({ length: 50 }, () => view.awaitLeader()))
  expect(world.trouble.asked() - before).toBeLessThan(10)
})

it('a change that loses its leader on the way says so in the same words', async () => {
  await using world = await open()
  await world.get('/v1/nodes')
  const lost = new StoreError('no-quorum', 'write token: there is no leader', { retry: true })
  const told = await world.control.control.view.explain(lost)
  expect(told).toMatchObject({ code: 'no-quorum', status: 503, cause: lost })
  expect((told as { hint?: string }).hint).toContain('again')
  const other = new StoreError('conflict', 'somebody else wrote it first')
  expect(await world.control.control.view.explain(other)).toBe(other)
})

it('what was revoked elsewhere is refused at once, though the copy does not know yet', async () => {
  const stage = openStage()
  const kept = new Map<string, Document>()
  const find = <T>(collection: string, id: string) => kept.get(`${collection}/${id}`) as Document<T> | undefined
  const copy = { ...emptyCopy, ageMs: () => 0, worstAgeMs: () => 0, find }
  await using test = await openTestControl(stage, { copy })
  const client = test.client(await addPerson(test, { name: 'anna', grants: [] }))
  const people = await stage.documents.list('person', {}, never)
  const sessions = await stage.documents.list('session', {}, never)
  for (const document of [...people, ...sessions]) kept.set(`${document.collection}/${document.id}`, document)
  expect(await client.call('getMe', {}, never)).toMatchObject({ name: 'anna' })
  for (const { id } of sessions) await stage.documents.remove('session', id, never)
  expect(await caught(client.call('getMe', {}, never))).toMatchObject({ status: 401 })
})

it('an engine that takes its time to count all is not taken for gone', async () => {
  const stage = openStage()
  const countEnvironments: Engine['countEnvironments'] = async (signal) => {
    await stage.clock.wait(3_000, signal)
    return stage.engine.countEnvironments(signal)
  }
  const engine = { ...stage.engine, countEnvironments }
  await using view = openView({ ...stage, engine, node: { id: '' }, copy: emptyCopy, reach: async () => false })
  const count = { ref: params, services: 1, good: 1, wanted: 1, tasks: 1 }
  view.sources.sightings.putCounts({ value: [count], atMs: stage.clock.now() })
  const look = view.look()
  expect(await stage.settle(look.engine.countEnvironments(never))).toEqual([])
  expect([look.ageMs(), view.sources.pulse.isAway()]).toEqual([undefined, false])
})

it('what was never seen is waited for', async () => {
  await using world = await open()
  world.trouble.set('hanging')
  const end = world.stage.clock.wait(5_000, never).then(() => world.trouble.set('none'))
  const url = '/v1/apps/shop/environments/other'
  const [answer] = await world.stage.settle(Promise.all([Promise.resolve(world.get(url)), end]))
  expect(answer.json()).toMatchObject({ services: [] })
})

it('what was never seen is not waited for without end', async () => {
  await using world = await open()
  world.trouble.set('hanging')
  const answer = await world.stage.settle(Promise.resolve(world.get('/v1/apps/shop/environments/other')))
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'no-quorum'])
})

it('a wrong request is refused as ever when the engine is away', async () => {
  await using world = await open()
  world.trouble.set('no-quorum')
  const stranger = await world.stage.settle(Promise.resolve(world.get('/v1/me', { authorization: 'Bearer x' })))
  expect(stranger.statusCode).toBe(401)
})
