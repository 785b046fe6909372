import { describe, expect, it } from 'vitest'
import type { Service } from '@atoll/spec'
import { createService, createVolumeMount, engineName } from '../fixtures.ts'
import type { ObservedNode } from '../observed.ts'
import { createObservedNode } from '../simulate.ts'
import { toPlacingRules } from './occupancy.ts'
import type { Occupancy, PlacedService, PlacingRules } from './occupancy.ts'
import { whatIf, whatIfEach } from './what-if.ts'

const mebibyte = 1024 ** 2
const ref = { app: 'shop', environment: 'test' }
const worker = (name: string, change: Partial<ObservedNode> = {}): ObservedNode =>
  createObservedNode(name, { isManager: false, ...change })

/** A manager that takes no tasks, so that its majority is never in question, and so many workers. */
const nodesWith = (...workers: readonly ObservedNode[]): readonly ObservedNode[] => [
  createObservedNode('boss', { availability: 'drain' }),
  ...workers,
]
const three = nodesWith(worker('node-1'), worker('node-2'), worker('node-3'))

/** A service whose tasks run on the nodes named. */
const place = (name: string, on: readonly string[], change: Partial<Service> = {}): PlacedService => ({
  ref,
  name,
  engineName: engineName(name),
  rules: toPlacingRules(createService(name, { mode: { kind: 'replicated', replicas: on.length }, ...change })),
  tasks: on.map((node) => ({ nodeId: `${node}-id`, isWanted: true, isRunning: true })),
})

const reserve = (memoryMebibytes: number, nanoCpus = 0): Partial<Service> => ({
  resources: { limits: {}, reservations: { memoryBytes: memoryMebibytes * mebibyte, nanoCpus } },
})
const constrain = (...constraints: readonly string[]): Partial<Service> => ({
  placement: { constraints, spread: [], maxPerNode: 0 },
})

const lose = (nodes: readonly ObservedNode[], services: readonly PlacedService[], ...lost: readonly string[]) =>
  whatIf(
    { nodes, services },
    lost.map((name) => `${name}-id`),
  )

const because = (nodes: readonly ObservedNode[], service: PlacedService, ...lost: readonly string[]) =>
  lose(nodes, [service], ...lost).services[0]?.because

describe('tasks of lost nodes', () => {
  it('start on others where nothing is in the way', () => {
    const { survives, services, nodes, totals } = lose(three, [place('web', ['node-1', 'node-2'])], 'node-1')
    expect(survives).toBe(true)
    expect(services).toMatchObject([{ service: 'web', before: 2, after: 2, moved: 1, lost: 0, isInterrupted: false }])
    expect(nodes.map(({ node, tasks }) => [node, tasks])).toEqual([
      ['boss', 0],
      ['node-2', 1],
      ['node-3', 1],
    ])
    expect(totals).toEqual({ services: 1, tasks: 1, moved: 1, lost: 0 })
  })

  it('are away for a while when all there were went', () => {
    const { services } = lose(three, [place('web', ['node-1'])], 'node-1')
    expect(services).toMatchObject([{ before: 1, after: 1, isInterrupted: true }])
  })

  it('are of no concern to services that have none there', () => {
    expect(lose(three, [place('web', ['node-2'])], 'node-1').services).toEqual([])
  })

  it('spread evenly over the values of a label', () => {
    const nodes = nodesWith(
      worker('a-1', { labels: { zone: 'a' } }),
      worker('a-2', { labels: { zone: 'a' } }),
      worker('b-1', { labels: { zone: 'b' } }),
      worker('lost', { labels: { zone: 'c' } }),
    )
    const placement = { constraints: [], spread: ['node.labels.zone'], maxPerNode: 0 }
    const web = place('web', ['lost', 'lost', 'lost', 'lost'], { placement })
    const { nodes: after } = lose(nodes, [web], 'lost')
    // The drained manager's branch takes none.
    expect(after.map(({ tasks }) => tasks)).toEqual([0, 1, 1, 2])
  })

  it('leave room of those that are being shut down taken', () => {
    const leaving = {
      ...place('old', ['node-2'], reserve(4000)),
      tasks: [{ nodeId: 'node-2-id', isWanted: false, isRunning: true }],
    }
    const web = place('web', ['node-1'], { ...reserve(200), ...constrain('node.hostname!=node-3') })
    expect(lose(three, [leaving, web], 'node-1').services[0]?.because).toEqual([
      'needs 200 MiB of memory, the most that is free is 96 MiB, on node-2',
      'node-3: constraint node.hostname!=node-3 (hostname=node-3)',
    ])
  })
})

describe('tasks that no node can take', () => {
  it('need more memory than is free, which is told', () => {
    const big = place('big', ['node-1', 'node-2', 'node-3'], reserve(3000))
    expect(because(three, big, 'node-1')).toEqual([
      'needs 2.9 GiB of memory, the most that is free is 1.1 GiB, on node-2',
    ])
  })

  it('need more processors than are free', () => {
    const busy = place('busy', ['node-1', 'node-2', 'node-3'], reserve(0, 1.5e9))
    expect(because(three, busy, 'node-1')).toEqual([
      'needs 1.5 processors, the most that is free is 0.5 processors, on node-2',
    ])
  })

  it('are one more than there may be on a node', () => {
    const placement = { constraints: [], spread: [], maxPerNode: 1 }
    const web = place('web', ['node-1', 'node-2', 'node-3'], { placement })
    const { services, survives } = lose(three, [web], 'node-2')
    expect(survives).toBe(false)
    expect(services).toMatchObject([{ before: 3, after: 2, lost: 1 }])
    expect(services[0]?.because).toEqual(['there may be 1 on a node, and that many are on node-1, node-3'])
    expect(services[0]?.obstacles.map(({ rule }) => rule)).toEqual(['state', 'per-node', 'per-node'])
  })

  it('find the port of the node taken, also by another service', () => {
    const ports = [{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }] as const
    const others = place('other', ['node-2', 'node-3'], { ports })
    const web = place('web', ['node-1'], { ports })
    expect(lose(three, [others, web], 'node-1').services[0]?.because).toEqual([
      'its port of the node is taken on node-2, node-3',
    ])
  })

  it('stay with their volume', () => {
    const db = place('db', ['node-2'], { mounts: [createVolumeMount('data')], ...constrain('node.id==node-2-id') })
    expect(because(three, db, 'node-2')).toEqual(['its volume shop_test_data is on node-2'])
  })

  it('have a constraint that no node left satisfies', () => {
    expect(because(three, place('web', ['node-1'], constrain('node.hostname==node-1')), 'node-1')).toEqual([
      'node-2: constraint node.hostname==node-1 (hostname=node-2), node-3: constraint node.hostname==node-1 (hostname=node-3)',
    ])
  })

  it('are for another kind of processor', () => {
    const web = place('web', ['node-1'])
    const rules: PlacingRules = { ...web.rules, platforms: [{ os: 'linux', architecture: 'amd64' }] }
    const nodes = nodesWith(worker('node-1'), worker('node-2', { architecture: 'aarch64' }))
    expect(because(nodes, { ...web, rules }, 'node-1')).toEqual(['node-2: is linux/aarch64, its image is for another'])
    expect(lose(three, [{ ...web, rules }], 'node-1').survives).toBe(true)
  })

  it('are not started again by their policy', () => {
    const web = place('web', ['node-1'], { restart: { condition: 'none' } })
    expect(because(three, web, 'node-1')).toEqual(['it is not started again once it is gone (its restart policy)'])
  })

  it('find only nodes that take none', () => {
    const nodes = nodesWith(
      worker('node-1'),
      worker('node-2', { availability: 'pause' }),
      worker('gone', { state: 'down' }),
    )
    expect(because(nodes, place('web', ['node-1']), 'node-1')).toEqual([
      'no node is left that takes tasks: boss is drained, node-2 is paused',
    ])
    const alone = [worker('node-1'), createObservedNode('gone', { state: 'down' })]
    expect(lose(alone, [place('web', ['node-1'])], 'node-1').services[0]?.because).toEqual([
      'the managers that are left are no majority, and start nothing anew',
    ])
  })

  it('and what reserves least finds the last room first', () => {
    const services = [place('big', ['node-1'], reserve(3000)), place('small', ['node-1'], reserve(1500))]
    const nodes = nodesWith(worker('node-1', { memoryBytes: 5000 * mebibyte }), worker('node-2'))
    const { services: losses } = lose(nodes, services, 'node-1')
    expect(losses.map(({ service, lost }) => [service, lost])).toEqual([
      ['big', 1],
      ['small', 0],
    ])
  })
})

describe('what is not missed, and what is though it runs', () => {
  it('a global service goes with its node', () => {
    const agent = place('agent', ['node-1', 'node-2', 'node-3'], { mode: { kind: 'global' } })
    const { survives, services } = lose(three, [agent], 'node-1')
    expect(survives).toBe(true)
    expect(services).toMatchObject([{ mode: 'global', before: 3, after: 2, moved: 0, lost: 0 }])
  })

  it('unless it was nowhere else', () => {
    const agent = place('agent', ['node-1'], { mode: { kind: 'global' }, ...constrain('node.hostname==node-1') })
    expect(lose(three, [agent], 'node-1')).toMatchObject({ survives: false, services: [{ after: 0, lost: 1 }] })
  })

  it('but not one for workers where none is left: roles change as nodes come and go', () => {
    const gate = place('gate', ['node-1'], { mode: { kind: 'global' }, ...constrain('node.role==worker') })
    const only = nodesWith(worker('node-1'))
    expect(lose(only, [gate], 'node-1')).toMatchObject({ survives: true, services: [{ after: 0, lost: 0 }] })
    expect(lose(three, [gate], 'node-1')).toMatchObject({ survives: false, services: [{ after: 0, lost: 1 }] })
  })

  it('a task that starts without its data', () => {
    const db = place('db', ['node-1'], { mounts: [createVolumeMount('data')] })
    const { survives, services } = lose(three, [db], 'node-1')
    expect(services).toMatchObject([{ after: 1, emptyVolumes: ['shop_test_data'] }])
    expect(survives).toBe(false)
  })
})

describe('managers', () => {
  const managers = [createObservedNode('m-1'), createObservedNode('m-2'), createObservedNode('m-3')]

  it('keep their majority without one of three', () => {
    expect(lose(managers, [], 'm-1')).toMatchObject({ survives: true, managers: { all: 3, left: 2, needed: 2 } })
  })

  it('start nothing anew without it', () => {
    const { survives, services } = lose(managers, [place('web', ['m-1', 'm-3'])], 'm-1', 'm-2')
    expect(survives).toBe(false)
    expect(services[0]?.because).toEqual(['the managers that are left are no majority, and start nothing anew'])
  })
})

describe('scope', () => {
  const occupancy: Occupancy = {
    nodes: three,
    services: [
      { ...place('hog', ['node-2', 'node-3'], reserve(4000)), ref: { app: 'blog', environment: 'test' } },
      place('web', ['node-1'], reserve(500)),
    ],
  }

  it('tells of one app, though all are placed', () => {
    const { services } = whatIf(occupancy, ['node-1-id'], { scope: { app: 'shop' } })
    expect(services).toMatchObject([{ service: 'web', lost: 1 }])
    expect(whatIf(occupancy, ['node-1-id'], { scope: { app: 'shop', environment: 'other' } }).services).toEqual([])
  })

  it('asks of each node that is there in turn', () => {
    const nodes = [...three, worker('node-4', { state: 'down' })]
    const outcomes = whatIfEach({ ...occupancy, nodes }, { scope: { app: 'shop' } })
    expect(outcomes.map(({ lost, survives }) => [...lost, survives])).toEqual([
      ['boss', false],
      ['node-1', false],
      ['node-2', true],
      ['node-3', true],
    ])
  })
})
