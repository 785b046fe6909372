import type { Service } from '@atoll/spec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createService, createVolumeMount, engineName } from '../fixtures.ts'
import type { ObservedNode } from '../observed.ts'
import { createObservedNode } from '../simulate.ts'
import { toPlacingRules } from './occupancy.ts'
import type { PlacedService } from './occupancy.ts'
import { askForMove, describeUneven, explainStaying, findRebalancing } from './rebalancing.ts'

const mebibyte = 1024 ** 2
const ref = { app: 'shop', environment: 'test' }
const inZone = (name: string, zone: string, change: Partial<ObservedNode> = {}): ObservedNode =>
  createObservedNode(name, { labels: { zone }, ...change })
const nodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b')]

/** A service whose tasks run on the nodes named. */
const place = (name: string, on: readonly string[], change: Partial<Service> = {}): PlacedService => ({
  ref,
  name,
  engineName: engineName(name),
  rules: toPlacingRules(createService(name, { mode: { kind: 'replicated', replicas: on.length }, ...change })),
  tasks: on.map((node) => ({ nodeId: `${node}-id`, isWanted: true, isRunning: true })),
})
const overZones = { placement: { constraints: [], spread: ['node.labels.zone'], maxPerNode: 0 } }

const movesOf = (service: PlacedService, on: readonly ObservedNode[] = nodes) =>
  findRebalancing({ nodes: on, services: [service] }).services.flatMap(({ moves }) =>
    moves.map(({ kind, from, to }) => `${kind} ${from} ${to}`),
  )

describe('a service', () => {
  it('is left alone when it is even', () => {
    expect(movesOf(place('web', ['a1', 'a2', 'b1']))).toEqual([])
    expect(movesOf(place('web', ['a1', 'a2', 'b1', 'b1']))).toEqual([])
    expect(movesOf(place('web', ['a1']))).toEqual([])
  })

  it('gives a task of its fullest node to one that has fewest', () => {
    expect(movesOf(place('web', ['a1', 'a1', 'a2']))).toEqual(['surge a1 b1'])
    const { services, nodes: all } = findRebalancing({
      nodes,
      services: [place('web', ['a1', 'a1', 'a1', 'a1', 'a2'])],
    })
    expect(services[0]?.moves).toHaveLength(2)
    expect(all).toEqual([
      { node: 'a1', zone: 'a', before: 4, after: 2 },
      { node: 'a2', zone: 'a', before: 1, after: 2 },
      { node: 'b1', zone: 'b', before: 0, after: 1 },
    ])
    expect(services[0] && describeUneven(services[0])).toBe('web is spread unevenly: 4 on a1, 1 on a2, 0 on b1')
  })

  it('is spread over zones first where it asks for them', () => {
    expect(movesOf(place('web', ['a1', 'a2'], overZones))).toEqual(['leave a1 b1'])
    expect(movesOf(place('web', ['a1', 'a2', 'b1', 'b1'], overZones))).toEqual([])
    expect(movesOf(place('web', ['a1', 'a1', 'a2', 'a2'], overZones))).toEqual(['surge a1 b1', 'leave a1 b1'])
    expect(movesOf(place('web', ['a1', 'a2']))).toEqual([])
  })

  it('does not leave its fullest node to Swarm where that is in the zone with fewer', () => {
    const four = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('a3', 'a'), inZone('a4', 'a'), inZone('b1', 'b')]
    expect(movesOf(place('web', ['a1', 'a2', 'a3', 'a4', 'b1', 'b1'], overZones), four)).toEqual(['leave a1 b1'])
  })

  it.each<[string, Partial<Service>, readonly ObservedNode[]]>([
    ['a constraint', { placement: { constraints: ['node.labels.zone==a'], spread: [], maxPerNode: 0 } }, nodes],
    ['no memory', { resources: { limits: {}, reservations: { memoryBytes: 900 * mebibyte } } }, small()],
    ['a node that takes no tasks', {}, [nodes[0]!, nodes[1]!, inZone('b1', 'b', { availability: 'pause' })]],
    ['a node that is away', {}, [nodes[0]!, nodes[1]!, inZone('b1', 'b', { state: 'down' })]],
    ['a volume', { mounts: [createVolumeMount('data')] }, nodes],
    ['one that is not started again', { restart: { condition: 'none' } }, nodes],
    ['one on each node', { mode: { kind: 'global' } }, nodes],
  ])('stays for %s', (_why, change, on) => {
    expect(movesOf(place('web', ['a1', 'a1', 'a2'], change), on)).toEqual([])
  })

  it('stays as long as it is not whole, or is somebody else’s, or may not move', () => {
    const web = place('web', ['a1', 'a1', 'a2'])
    const [first, ...rest] = web.tasks
    expect(movesOf({ ...web, tasks: rest })).toEqual([])
    expect(movesOf({ ...web, tasks: [{ ...first!, isRunning: false }, ...rest] })).toEqual([])
    const { ref: _, ...strange } = web
    expect(movesOf(strange)).toEqual([])
    expect(findRebalancing({ nodes, services: [web] }, () => false).services).toEqual([])
  })

  it('counts on the room that another has left', () => {
    const reserve = (memoryMebibytes: number): Partial<Service> => ({
      resources: { limits: {}, reservations: { memoryBytes: memoryMebibytes * mebibyte } },
    })
    const services = [place('big', ['a1', 'a1'], reserve(600)), place('web', ['a1', 'a1'], reserve(500))]
    const on = [
      inZone('a1', 'a', { memoryBytes: 2_200 * mebibyte }),
      inZone('b1', 'b', { memoryBytes: 1_000 * mebibyte }),
    ]
    const { services: moved } = findRebalancing({ nodes: on, services })
    expect(moved.map(({ service }) => service)).toEqual(['big'])
  })
})

function small(): readonly ObservedNode[] {
  return [nodes[0]!, nodes[1]!, inZone('b1', 'b', { memoryBytes: 500 * mebibyte })]
}

describe('what is asked of the engine meanwhile', () => {
  const web = createService('web', { mode: { kind: 'replicated', replicas: 2 } })

  it('is one task more, or a node less', () => {
    expect(askForMove(web, { kind: 'surge', fromId: 'x' }).mode).toEqual({ kind: 'replicated', replicas: 3 })
    expect(askForMove(web, { kind: 'leave', fromId: 'x' }).placement.constraints).toEqual(['node.id!=x'])
  })

  it('is nothing of what stops first, unless told', () => {
    expect(explainStaying(web)).toBeUndefined()
    expect(explainStaying({ ...web, update: { ...web.update, order: 'stop-first' } })).toMatch(/stops before it starts/)
    expect(explainStaying({ ...web, mode: { kind: 'once', completions: 1, concurrency: 1 } })).toBe('it runs once')
  })
})

describe('any cluster', () => {
  const names = ['a1', 'a2', 'b1', 'b2', 'c1'] as const
  const five = names.map((name) => inZone(name, name[0] ?? ''))
  const anyService = fc.record({
    on: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 12 }),
    isOverZones: fc.boolean(),
  })

  it('is even once all moves are made, and is left alone from then on', () => {
    fc.assert(
      fc.property(fc.array(anyService, { minLength: 1, maxLength: 4 }), (given) => {
        const services = given.map(({ on, isOverZones }, at) => place(`s${at}`, on, isOverZones ? overZones : {}))
        const { services: found } = findRebalancing({ nodes: five, services })
        const after = services.map((service) => {
          const moved = found.find(({ engineName: name }) => name === service.engineName)
          const on = moved?.nodes.flatMap(({ node, after: count }) => Array<string>(count).fill(node))
          const tasks = on?.map((node) => ({ nodeId: `${node}-id`, isWanted: true, isRunning: true }))
          return tasks === undefined ? service : { ...service, tasks }
        })
        expect(findRebalancing({ nodes: five, services: after }).services).toEqual([])
        for (const [at, { tasks, rules }] of after.entries()) {
          expect(tasks).toHaveLength(services[at]?.tasks.length ?? 0)
          const counts = five.map(({ id }) => tasks.filter(({ nodeId }) => nodeId === id).length)
          const isEven = Math.max(...counts) - Math.min(...counts) < 2
          expect(isEven || rules.placement.spread.length > 0).toBe(true)
        }
      }),
    )
  })

  it('has each zone as full as the next, where the moves that Swarm allows get there', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }), (on) => {
        const [found] = findRebalancing({ nodes: five, services: [place('web', on, overZones)] }).services
        const left =
          found?.nodes.flatMap(({ zone, after }) => Array<string>(after).fill(zone ?? '')) ?? on.map((name) => name[0])
        const zones = ['a', 'b', 'c'].map((zone) => left.filter((each) => each === zone).length)
        expect(Math.max(...zones) - Math.min(...zones)).toBeLessThan(2)
      }),
    )
  })
})
