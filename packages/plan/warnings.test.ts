import { describe, expect, it } from 'vitest'
import type { Mount, Service } from '@atoll/spec'
import { createNetwork, createService, createVolumeMount } from './fixtures.ts'
import type { Observed } from './observed.ts'
import { attached, converge, empty, nodes, replicated, want } from './plan-table.ts'
import { createObservedNode, createObservedWorld } from './simulate.ts'
import { warnings } from './warnings.ts'

const GiB = 1024 ** 3
const withData = { mounts: [createVolumeMount('data')] }
const startFirst = { update: { ...createService('any').update, order: 'start-first' as const } }
const stopFirst = { update: { ...startFirst.update, order: 'stop-first' as const } }
const onePerNode = { placement: { constraints: [], spread: [], maxPerNode: 1 } }
const constrained = (...constraints: readonly string[]): Pick<Service, 'placement'> => ({
  placement: { constraints, spread: [], maxPerNode: 0 },
})
const dataOn = (nodeName: string): Pick<Observed, 'volumes'> => ({
  volumes: [{ engineName: 'shop_test_data', nodeId: `${nodeName}-id`, nodeName }],
})
const resources = (change: Partial<Service['resources']>): Pick<Service, 'resources'> => ({
  resources: { limits: {}, reservations: {}, ...change },
})

const tell = (services: readonly Service[], observed: Observed = empty): readonly string[] =>
  warnings(want(services), observed).map(
    ({ kind, message, isBlocking }) => `${isBlocking ? '!' : ''}${kind} ${message}`,
  )

const change = (observed: Observed, name: string, node: Partial<Observed['nodes'][number]>): Observed => ({
  ...observed,
  nodes: observed.nodes.map((found) => (found.name === name ? { ...found, ...node } : found)),
})

describe('warnings', () => {
  it('are none where nothing is wrong', () => {
    expect(tell([createService('db', { ...withData, ...stopFirst }), createService('web', replicated(3))])).toEqual([])
  })

  it.each([
    ['web', { ...replicated(4), ...onePerNode }, '!policy-unmet web: one per node, 4 wanted, 3 nodes'],
    [
      'web',
      { ...replicated(4), ports: [{ target: 80, published: 80, protocol: 'tcp', mode: 'host' }] },
      '!policy-unmet web: one per node (it publishes a port of the node), 4 wanted, 3 nodes',
    ],
    [
      'web',
      { ...replicated(7), placement: { constraints: ['node.hostname!=a'], spread: [], maxPerNode: 3 } },
      '!policy-unmet web: 3 per node, 7 wanted, 2 nodes',
    ],
    ['web', constrained('node.labels.zone==x'), '!no-node web: no node matches the constraint node.labels.zone==x'],
    ['web', constrained('zone'), '!no-node web: no node matches the constraint zone'],
    [
      'web',
      constrained('node.hostname==a', 'node.hostname==b'),
      '!no-node web: no node matches the constraint all of node.hostname==a, node.hostname==b together',
    ],
    [
      'web',
      resources({ reservations: { memoryBytes: 8 * GiB } }),
      '!too-big web reserves 8 GiB of memory, but no node it may run on has more than 4 GiB',
    ],
    [
      'web',
      resources({ limits: { nanoCpus: 4e9 } }),
      '!too-big web has a limit of 4 processors, but no node it may run on has more than 2 processors',
    ],
    [
      'web',
      resources({ limits: { memoryBytes: 8 * GiB } }),
      'too-big web has a limit of 8 GiB of memory, but no node it may run on has more than 4 GiB',
    ],
    ['db', { ...replicated(2), ...withData }, '!volume-shared db: 2 tasks would write the volume data at once'],
    [
      'db',
      { ...withData, ...startFirst },
      'volume-shared db: with start-first two tasks write the volume data during an update',
    ],
  ] as const)('of %s with %j', (name, settings, text) => {
    expect(tell([createService(name, { ...stopFirst, ...settings })])).toEqual([text])
  })

  it('let any number of tasks read a volume', () => {
    const mount: Mount = { ...createVolumeMount('data'), isReadOnly: true }
    expect(tell([createService('web', { ...replicated(3), mounts: [mount] })])).toEqual([])
  })

  it('tell that services write the same volume', () => {
    const services = ['db', 'backup'].map((name) => createService(name, { ...withData, ...stopFirst }))
    expect(tell(services)).toEqual([
      'volume-shared volume data is written by db, backup; they stay on one node with it',
    ])
  })

  it('say nothing of a service for each node of a role that none has now, unless nobody knows that role', () => {
    const onEach = (role: string) =>
      createService('gate', { mode: { kind: 'global' }, ...stopFirst, ...constrained(`node.role==${role}`) })
    const managers = { ...empty, nodes: empty.nodes.map((node) => ({ ...node, isManager: true })) }
    const workers = { ...empty, nodes: empty.nodes.map((node) => ({ ...node, isManager: false })) }
    expect([tell([onEach('worker')], managers), tell([onEach('manager')], workers)]).toEqual([[], []])
    expect(tell([onEach('wroker')], managers)).toEqual([
      '!no-node gate: no node matches the constraint node.role==wroker',
    ])
    const one = createService('web', constrained('node.role==worker'))
    expect(tell([one], managers)).toEqual(['!no-node web: no node matches the constraint node.role==worker'])
  })

  it('say nothing of nodes that a leader elected a moment ago has not heard yet', () => {
    const observed = change(empty, 'b', { state: 'unknown' })
    expect(tell([createService('web', constrained('node.hostname==b'))], observed)).toEqual([])
  })

  it('tell that the only nodes that match cannot take anything now', () => {
    const observed = change(empty, 'b', { availability: 'drain' })
    expect(tell([createService('web', constrained('node.hostname==b'))], observed)).toEqual([
      '!no-node web: no node can take it now: b is drained',
    ])
  })
})

describe('warnings of volumes elsewhere', () => {
  const db = createService('db', { ...withData, ...stopFirst })

  it('tell that the node is down', () => {
    const observed = change(createObservedWorld(nodes, dataOn('b')), 'b', { state: 'down' })
    expect(tell([db], observed)).toEqual([
      '!volume-elsewhere db: its volume shop_test_data is on b, which is down; it waits there',
    ])
  })

  it('tell that the node is gone', () => {
    expect(tell([db], createObservedWorld(nodes, dataOn('lost')))).toEqual([
      '!volume-elsewhere db: its volume shop_test_data is on lost, which is no longer in the cluster',
    ])
  })

  it('tell that new constraints would move the service away', () => {
    const moved = { ...db, ...constrained('node.hostname==a') }
    expect(tell([moved], createObservedWorld(nodes, dataOn('b')))).toEqual([
      '!volume-elsewhere db: its volume shop_test_data is on b, where it may not run: constraint node.hostname==a (hostname=b)',
    ])
  })

  it('tell that two volumes of a service are apart', () => {
    const volumes = ['data', 'logs'].map((name, index) => ({
      engineName: `shop_test_${name}`,
      nodeId: `${'ab'[index]}-id`,
      nodeName: 'ab'[index] ?? '',
    }))
    const both = { ...db, mounts: [createVolumeMount('data'), createVolumeMount('logs')] }
    expect(tell([both], createObservedWorld(nodes, { volumes }))).toEqual([
      '!volume-elsewhere db: its volumes are on different nodes: shop_test_data on a, shop_test_logs on b',
    ])
  })
})

describe('warnings of interruptions', () => {
  it('tell that the last task stops first', () => {
    const observed = converge(want([createService('db', stopFirst)]))
    expect(tell([createService('db', { ...stopFirst, image: 'db:2' })], observed)).toEqual([
      'interrupts db: its last task stops before the next one starts: it does not answer for a moment',
    ])
  })

  it.each([
    ['start first', createService('db', { image: 'db:2' })],
    ['do not restart', createService('db', { ...stopFirst, ...replicated(3) })],
    ['stop one of several', createService('db', { ...stopFirst, ...replicated(3), image: 'db:2' })],
  ])('are none where tasks %s', (_, service) => {
    const before = service.mode.kind === 'replicated' && service.image === 'db:2' ? { mode: service.mode } : {}
    expect(tell([service], converge(want([createService('db', { ...stopFirst, ...before })])))).toEqual([])
  })

  it('tell that a service is replaced', () => {
    const observed = converge(want([createService('db')]))
    expect(tell([createService('db', { mode: { kind: 'global' } })], observed)).toEqual([
      'interrupts db: it is removed and created anew, and does not answer meanwhile',
    ])
  })
})

describe('warnings of names', () => {
  it('tell what belongs to somebody else', () => {
    const foreign = { id: 'x', engineName: 'shop_test_back', isOwned: false }
    const observed = createObservedWorld(nodes, { networks: [foreign] })
    expect(tell([createService('web', attached)], observed)).toEqual([
      "!not-owned network back: the engine already has a network shop_test_back that is not Atoll's; it is left alone",
    ])
  })

  it('belong to a service where it is its name that is taken, and to none where it is a network', () => {
    const foreign = (engineName: string) => ({ id: 'x', engineName, isOwned: false })
    const web = { ...converge(want([createService('web')])).services[0]!, ...foreign('shop_test_web') }
    const observed = createObservedWorld(nodes, { services: [web], networks: [foreign('shop_test_back')] })
    const told = warnings(want([createService('web', attached)]), observed)
    expect(told.map(({ kind, service }) => [kind, service])).toEqual([
      ['not-owned', 'web'],
      ['not-owned', ''],
    ])
  })

  it('tell that a network cannot be changed, but not that its labels differ', () => {
    const world = (definition: Partial<ReturnType<typeof createNetwork>>): Observed =>
      createObservedWorld([createObservedNode('a')], {
        networks: [
          {
            id: 'n',
            engineName: 'shop_test_back',
            isOwned: true,
            definition: { ...createNetwork('back'), ...definition },
          },
        ],
      })
    expect(tell([createService('web', attached)], world({ labels: { team: 'a' } }))).toEqual([])
    expect(tell([createService('web', attached)], world({ isInternal: true }))).toEqual([
      '!network-fixed network back exists with other settings, and an engine cannot change a network',
    ])
  })
})
