import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { NodeTally, RouteProbes, RouteTally, ServiceTally, RoutingApi, TallyQuery } from '@atoll/engine'
import { noAnswers } from '@atoll/ingress'
import { beforeEach, expect, it } from 'vitest'
import { shareNodes } from '../recent-nodes.ts'
import { createVisitorCounter } from './count-visitors.ts'

const live = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const of = (route: string, requests: number, rest: Partial<RouteTally> = {}): RouteTally => ({
  ...noAnswers,
  statuses: { ...noAnswers.statuses, '2xx': requests },
  slowestMs: 0,
  route,
  requests,
  ...rest,
})
const tallyOf = (...routes: readonly RouteTally[]): NodeTally => ({ life: 'first', moment: 7, routes })

let stage: ReturnType<typeof openStage>
/** By the name of the node: what its ingress says, or why it says nothing. */
let said: Map<string, NodeTally | EngineError | 'nothing'>
let asked: TallyQuery[]
let isProbing = true
let hasStreams = false
beforeEach(() => {
  stage = openStage({ nodes: 3 })
  said = new Map(stage.engine.world.nodes.map(({ name }) => [name, tallyOf()]))
  asked = []
  isProbing = true
  hasStreams = false
})

const open = () =>
  createVisitorCounter({
    isProbing: async () => isProbing,
    hasStreams: async () => hasStreams,
    clock: stage.clock,
    recentNodes: shareNodes({ engine: stage.engine, clock: stage.clock }),
    routing: { ...ingressOf(''), streams: ingressOf(' streams') },
  })

/** The one of a node that says what stands under this name. */
const ingressOf = (suffix: string): Pick<RoutingApi, 'readTally'> => ({
  readTally: async (nodeId, query, signal) => {
    asked.push(query)
    const { name = '' } = stage.engine.world.nodes.find(({ id }) => id === nodeId) ?? {}
    const tally = said.get(`${name}${suffix}`) ?? tallyOf()
    if (tally instanceof EngineError) throw tally
    if (typeof tally === 'object') return tally
    signal.throwIfAborted()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    throw signal.reason as Error
  },
})

/** As whoever carries it on has it: out of a document. */
const begin = async () => JSON.parse(JSON.stringify(await stage.settle(open().begin(ref, live)))) as unknown
const end = async (begun: unknown) => stage.settle(open().end(ref, begun, live))

it('visitors got what every ingress says at the end and did not say at the begin', async () => {
  said.set('node-1', tallyOf(of('a.example.org/', 10, { failed: 2, retries: 5 }), of('quiet.example.org/', 4)))
  const begun = await begin()
  said.set(
    'node-1',
    tallyOf(of('a.example.org/', 30, { failed: 3, retries: 9, slowestMs: 40 }), of('quiet.example.org/', 4)),
  )
  said.set('node-2', tallyOf(of('a.example.org/', 5, { slowestMs: 90 }), of('b.example.org/', 1, { slowestMs: 3 })))
  const told = await end(begun)
  expect(told.uncounted).toEqual([])
  expect(told.routes).toEqual([
    of('a.example.org/', 25, { failed: 1, retries: 4, slowestMs: 90 }),
    of('b.example.org/', 1, { slowestMs: 3 }),
  ])
  const { route: _, ...all } = of('', 26, { failed: 1, retries: 4, slowestMs: 90 })
  expect(told.all).toEqual(all)
  expect(asked.map(({ since }) => since)).toEqual([undefined, undefined, undefined, 7, 7, 7])
})

it('a node that cannot be asked, at the begin or at the end, is named and is no part of the numbers', async () => {
  said.set('node-1', new EngineError('unreachable', 'nobody is there'))
  const begun = await begin()
  said.set('node-1', tallyOf(of('a.example.org/', 100)))
  said.set('node-2', tallyOf(of('a.example.org/', 3)))
  said.set('node-3', 'nothing')
  const told = await end(begun)
  expect(told.uncounted).toEqual(['node-1', 'node-3'])
  expect(told.all.requests).toBe(3)
})

it('an ingress that began to count anew meanwhile is named', async () => {
  said.set('node-1', tallyOf(of('a.example.org/', 100)))
  const begun = await begin()
  said.set('node-1', { ...tallyOf(of('a.example.org/', 120)), life: 'second' })
  said.set('node-2', tallyOf(of('a.example.org/', 3)))
  expect(await end(begun)).toMatchObject({ uncounted: ['node-1'], all: { requests: 3 } })
})

it('an ingress that goes on from before what it said at the begin is named', async () => {
  said.set('node-1', tallyOf(of('a.example.org/', 100)))
  const begun = await begin()
  said.set('node-1', { ...tallyOf(of('a.example.org/', 120)), moment: 6 })
  expect(await end(begun)).toMatchObject({ uncounted: ['node-1'], all: { requests: 0 } })
})

it('connections at stream ports are counted with requests, and who has none of them misses nothing', async () => {
  hasStreams = true
  const tcp = 'tcp port 5432'
  said.set('node-1', tallyOf(of('a.example.org/', 3)))
  said.set('node-1 streams', tallyOf(of(tcp, 10)))
  said.set('node-2 streams', new EngineError('unreachable', 'it is being made anew'))
  const begun = await begin()
  said.set('node-1', tallyOf(of('a.example.org/', 4)))
  said.set('node-1 streams', tallyOf(of(tcp, 17)))
  expect(await end(begun)).toMatchObject({
    all: { requests: 8 },
    routes: [
      { route: tcp, requests: 7 },
      { route: 'a.example.org/', requests: 1 },
    ],
    uncounted: ['node-2'],
  })
  said.delete('node-1 streams')
  const without = await begin()
  said.set('node-1', tallyOf(of('a.example.org/', 6)))
  expect(await end(without)).toMatchObject({ all: { requests: 2 }, uncounted: [] })
})

it('a node without an ingress is no gap, and one that is down is one', async () => {
  said.set('node-1', new EngineError('not-found', 'this node has none'))
  const begun = await begin()
  expect((await end(begun)).uncounted).toEqual([])
  stage.engine.outsider.setNode('node-3', { state: 'down' })
  await stage.pass(60_000)
  expect((await end(begun)).uncounted).toEqual(['node-3'])
})

it('what another build has begun in its own way is not counted, and fails nothing', async () => {
  said.set('node-1', tallyOf(of('a.example.org/', 3)))
  for (const begun of [{ entries: [] }, null, 7])
    expect(await end(begun)).toMatchObject({
      uncounted: ['node-1', 'node-2', 'node-3'],
      all: { requests: 0 },
      routes: [],
    })
})

it('nothing is begun while nobody can say which nodes there are', async () => {
  const recentNodes = async () => {
    throw new EngineError('no-quorum', 'no leader')
  }
  const api = { readTally: async () => tallyOf(of('a.example.org/', 3)) }
  const routing = { ...api, streams: api }
  const may = { isProbing: async () => true, hasStreams: async () => false }
  const counter = createVisitorCounter({ clock: stage.clock, recentNodes, routing, ...may })
  expect(await counter.begin(ref, live)).toBeUndefined()
  const begun = await begin()
  expect(await stage.settle(counter.end(ref, begun, live))).toMatchObject({ uncounted: [], all: { requests: 9 } })
})

const probed = (route: string, answered: number, rest: Partial<RouteProbes> = {}): RouteProbes => ({
  route,
  answered,
  failed: 0,
  slowestMs: 0,
  gapMs: 0,
  ...rest,
})

it('what was probed is told apart from visitors, with the routes that are not, and ends with the deployment', async () => {
  said.set('node-1', { ...tallyOf(), probes: [probed('a.example.org/', 10, { failed: 4 })] })
  const begun = await begin()
  const unprobed = [{ route: 'b.example.org/', why: 'asks for a password' }]
  const probing = { everyMs: 1_000, unprobed }
  said.set('node-1', {
    ...tallyOf(),
    probes: [probed('a.example.org/', 70, { failed: 4, slowestMs: 12 }), probed('old.example.org/', 0)],
    probing,
  })
  said.set('node-2', {
    ...tallyOf(),
    probes: [probed('a.example.org/', 57, { failed: 3, slowestMs: 40, gapMs: 2_900 })],
    probing: { ...probing, everyMs: 3_000 },
  })
  const sum = { answered: 117, failed: 3, slowestMs: 40, gapMs: 2_900 }
  expect(await end(begun)).toMatchObject({
    all: { requests: 0 },
    probes: { ...sum, nodes: 2, everyMs: 3_000, routes: [{ route: 'a.example.org/', ...sum }], unprobed },
  })
  expect(asked.slice(6)).toEqual([
    { ref, since: 7, probeMs: 0 },
    { ref, since: 7, probeMs: 0 },
  ])
})

it('where nothing was probed nothing is said of it', async () => {
  const begun = await begin()
  expect(await end(begun)).not.toHaveProperty('probes')
  expect(asked).toHaveLength(6)
})

it('every ingress is told to go on probing, unless the cluster is set not to, or some cannot be asked', async () => {
  said.set('node-1', new EngineError('unreachable', 'nobody is there'))
  await stage.settle(open().renew(ref, live))
  expect(asked).toEqual([1, 2, 3].map(() => ({ ref, probeMs: 20_000 })))
  isProbing = false
  await stage.settle(open().renew(ref, live))
  expect(asked).toHaveLength(3)
})

it('a signal ends the wait', async () => {
  said.set('node-1', 'nothing')
  const stop = new AbortController()
  const counted = open().begin(ref, stop.signal)
  stop.abort(new Error('enough'))
  await expect(stage.settle(counted)).rejects.toThrow('enough')
})

it('what the tasks of each service answered is added up over nodes and routes, where several answer', async () => {
  const tally = (service: string, answered: number, rest: Partial<ServiceTally> = {}): ServiceTally => ({
    service,
    answered,
    errors: 0,
    failed: 0,
    totalMs: answered * 10,
    ...rest,
  })
  const divided = (old: number, canary: number, errors = 0) => ({
    services: [tally('web', old), tally('web-canary', canary, { errors })],
  })
  said.set('node-1', tallyOf(of('a.example.org/', 10, divided(9, 1)), of('b.example.org/', 10)))
  const begun = await begin()
  said.set('node-1', tallyOf(of('a.example.org/', 40, divided(30, 10, 2)), of('b.example.org/', 50)))
  said.set('node-2', tallyOf(of('a.example.org/', 5, divided(4, 1)), of('c.example.org/', 5, divided(3, 2))))
  expect((await end(begun)).services).toEqual([tally('web', 28), tally('web-canary', 12, { errors: 2 })])
})
