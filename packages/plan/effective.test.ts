import { describe, expect, it } from 'vitest'
import type { Service } from '@atoll/spec'
import type { Action } from './action.ts'
import { createService, createVolumeMount } from './fixtures.ts'
import { plan } from './plan.ts'
import { empty, nodes, replicated, want, words } from './plan-table.ts'
import { createObserved, createObservedWorld } from './simulate.ts'

const withData = { mounts: [createVolumeMount('data')] }

describe('named volumes', () => {
  const pinOf = (actions: readonly Action[]): readonly string[] =>
    actions.flatMap((action) => (action.kind === 'create-service' ? action.service.placement.constraints : []))

  it('go to the emptiest node that can take the service, and hold it there', () => {
    const constrained = { ...withData, placement: { constraints: ['node.hostname!=a'], spread: [], maxPerNode: 0 } }
    expect(pinOf(plan(want([createService('db', constrained)]), empty, 0))).toEqual([
      'node.hostname!=a',
      'node.id==b-id',
    ])
  })

  it('stay where they were placed, also when that node is down', () => {
    const volumes = [{ engineName: 'shop_test_data', nodeId: 'c-id', nodeName: 'c' }]
    const down = nodes.map((node) => (node.name === 'c' ? { ...node, state: 'down' as const } : node))
    const actions = plan(want([createService('db', withData)]), createObservedWorld(down, { volumes }), 0)
    expect(words(actions)).toEqual(['create-service db'])
    expect(pinOf(actions)).toEqual(['node.id==c-id'])
  })

  it('bring services that share them to one node', () => {
    const services = [
      createService('backup', { mounts: [createVolumeMount('data'), createVolumeMount('archive')] }),
      createService('db', withData),
    ]
    expect(new Set(pinOf(plan(want(services), empty, 0))).size).toBe(1)
  })

  it('spread over nodes otherwise', () => {
    const services = ['one', 'two', 'three'].map((name) => createService(name, { mounts: [createVolumeMount(name)] }))
    expect(new Set(pinOf(plan(want(services), empty, 0))).size).toBe(3)
  })

  it('are placed where their service already runs', () => {
    const db = createService('db', withData)
    const services = [createObserved(db, { release: 1, nodeId: 'b-id' })]
    expect(words(plan(want([db]), createObservedWorld(nodes, { services }), 0))).toEqual([
      'place-volume data b',
      'update-service db',
    ])
  })

  it.each([
    ['shared over the network', { driverOptions: { type: 'nfs', o: 'addr=10.0.0.9' } }],
    ['of another driver', { driver: 'rexray' }],
    ['external', { isExternal: true }],
  ])('that are %s hold nothing', (_, change) => {
    const mount = createVolumeMount('data')
    const definition = mount.kind === 'volume' ? { ...mount.definition, ...change } : undefined
    const service = createService('db', { mounts: [{ ...mount, definition } as Service['mounts'][number]] })
    expect(words(plan(want([service]), empty, 0))).toEqual(['create-service db'])
  })

  it("of a service on every node are each node's own", () => {
    const service = createService('agent', { ...withData, mode: { kind: 'global' } })
    expect(words(plan(want([service]), empty, 0))).toEqual(['create-service agent'])
  })
})

describe('an update order that could never end', () => {
  const orderOf = (service: Service): string | undefined => {
    const [action] = plan(want([service]), empty, 0)
    return action?.kind === 'create-service' ? action.service.update.order : undefined
  }

  it.each([
    [
      'one per node on every node',
      { ...replicated(3), placement: { constraints: [], spread: [], maxPerNode: 1 } },
      'stop-first',
    ],
    [
      'one per node with a node to spare',
      { ...replicated(2), placement: { constraints: [], spread: [], maxPerNode: 1 } },
      'start-first',
    ],
    [
      'a port of every node',
      { ...replicated(3), ports: [{ target: 80, published: 80, protocol: 'tcp', mode: 'host' }] },
      'stop-first',
    ],
    ['no maximum', replicated(3), 'start-first'],
    [
      'one on every node of a kind that has at most one',
      { mode: { kind: 'global' }, placement: { constraints: [], spread: [], maxPerNode: 1 } },
      'stop-first',
    ],
  ] as const)('becomes stop-first: %s', (_, change, order) => {
    expect(orderOf(createService('web', change))).toBe(order)
  })

  it('becomes stop-first for the way back too, when only that was start-first', () => {
    const { update } = createService('any')
    const change = { ...replicated(3), placement: { constraints: [], spread: [], maxPerNode: 1 } }
    const [action] = plan(
      want([createService('web', { ...change, update: { ...update, order: 'stop-first' } })]),
      empty,
      0,
    )
    expect(action).toMatchObject({ service: { rollback: { order: 'stop-first' } } })
  })
})
