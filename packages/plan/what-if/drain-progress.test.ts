import type { Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { avoid, drainLabel } from '../drain.ts'
import { createService, createVolumeMount, engineName } from '../fixtures.ts'
import type { ObservedNode } from '../observed.ts'
import { createObservedNode } from '../simulate.ts'
import { findDrainProgress } from './drain-progress.ts'
import { toPlacingRules } from './occupancy.ts'
import type { PlacedService } from './occupancy.ts'

const nodesWith = (change: Partial<ObservedNode> = {}): readonly ObservedNode[] => [
  createObservedNode('a'),
  createObservedNode('b', { labels: { [drainLabel]: '1-9' }, ...change }),
  createObservedNode('c'),
]
const replicas = (count: number): Partial<Service> => ({ mode: { kind: 'replicated', replicas: count } })
const constrain = (...constraints: readonly string[]): Partial<Service> => ({
  placement: { constraints, spread: [], maxPerNode: 0 },
})

const place = (name: string, on: readonly string[], change: Partial<Service> = {}): PlacedService => ({
  ref: { app: 'shop', environment: 'test' },
  name,
  engineName: engineName(name),
  rules: toPlacingRules(createService(name, { ...replicas(on.length), ...change })),
  tasks: on.map((node) => ({ nodeId: `${node}-id`, isWanted: true, isRunning: true })),
})

const look = (services: readonly PlacedService[], nodes = nodesWith()) => findDrainProgress({ nodes, services }, 'b-id')
const wayOf = (service: PlacedService) => look([service])?.services.map(({ way, because }) => [way, ...because])

describe('how far a drain is', () => {
  it('is told of a node that is to be drained alone', () => {
    expect(look([], [createObservedNode('b')])).toBeUndefined()
    expect(findDrainProgress({ nodes: nodesWith(), services: [] }, 'nowhere')).toBeUndefined()
    expect(look([])).toMatchObject({ node: 'b', sinceMs: 1, untilMs: 9, stage: 'moving', tasks: 0, services: [] })
  })

  it('goes from moving over emptying to drained; a node that is down has nothing that stops', () => {
    const web = place('web', ['b'])
    expect(look([web], nodesWith({ availability: 'drain' }))).toMatchObject({ stage: 'emptying', tasks: 1 })
    expect(look([], nodesWith({ availability: 'drain' }))).toMatchObject({ stage: 'drained' })
    expect(look([web], nodesWith({ availability: 'drain', state: 'down' }))).toMatchObject({ stage: 'drained' })
  })

  it('says of each service how it goes', () => {
    expect(wayOf(place('web', ['a', 'b']))).toEqual([['follows']])
    expect(wayOf(place('web', ['a', 'b'], constrain(avoid('b-id'))))).toEqual([['moves']])
    expect(wayOf(place('agent', ['a', 'b', 'c'], { mode: { kind: 'global' } }))).toEqual([['ends']])
    expect(wayOf(place('web', ['a', 'c']))).toEqual([])
    const held = { mounts: [createVolumeMount('data')], ...constrain('node.id==b-id') }
    expect(wayOf(place('db', ['b'], held))).toEqual([['stays', 'its volume shop_test_data is on b']])
  })

  it('counts what still starts elsewhere, and not what may end by itself', () => {
    const starting = {
      ...place('web', ['a'], replicas(2)),
      tasks: [{ nodeId: 'a-id', isWanted: true, isRunning: false }],
    }
    expect(look([starting])?.services).toMatchObject([{ way: 'away', here: 0, elsewhere: 0, wanted: 2 }])
    const job = place('seed', [], { ...replicas(1), restart: { condition: 'none' } })
    expect(look([job])?.services).toEqual([])
  })

  it('does not take what is there twice, while it moves, for what finds no room', () => {
    const full = { placement: { constraints: [avoid('b-id')], spread: [], maxPerNode: 1 } }
    expect(wayOf(place('web', ['a', 'b', 'c'], { ...full, ...replicas(2) }))).toEqual([['moves']])
    expect(wayOf(place('web', ['a', 'b', 'c'], { ...full, ...replicas(3) }))?.[0]?.[0]).toBe('stays')
  })

  it('asks no majority of the managers that go on', () => {
    const pair = [createObservedNode('a'), createObservedNode('b', { labels: { [drainLabel]: '1-9' } })]
    expect(look([place('web', ['b'])], pair)?.services).toMatchObject([{ way: 'follows', because: [] }])
  })
})
