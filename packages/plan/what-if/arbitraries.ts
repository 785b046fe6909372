import * as fc from 'fast-check'
import type { Service } from '@atoll/spec'
import { createService } from '../fixtures.ts'
import type { ObservedNode } from '../observed.ts'
import { createObservedNode } from '../simulate.ts'
import { findLastingObstacle } from './obstacles.ts'
import { toPlacingRules } from './occupancy.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { placeTasks } from './place-tasks.ts'
import { openRooms } from './room.ts'

/** Services that get in each other's way, for tests of the model and of the real Swarm. Test data only. */

/** Shares of a node that leave room for one, two or three tasks. */
const shares = [0, 0, 0.3, 0.45, 0.6]

/** Between one and `most` services for these nodes, all of which have a label `zone`; reservations by the smallest node. */
export const serviceDrafts = (
  nodes: readonly ObservedNode[],
  most: number,
): fc.Arbitrary<readonly (readonly [name: string, change: Partial<Service>])[]> =>
  fc
    .array(serviceDraft(nodes), { minLength: 1, maxLength: most })
    .map((drafts) => drafts.map((draft, index) => [`s${index}`, draft]))

const serviceDraft = (nodes: readonly ObservedNode[]): fc.Arbitrary<Partial<Service>> => {
  const memoryBytes = Math.min(...nodes.map((node) => node.memoryBytes))
  const nanoCpus = Math.min(...nodes.map((node) => node.nanoCpus))
  const constraints = [
    ...nodes.map(({ name }) => `node.hostname!=${name}`),
    ...new Set(nodes.map(({ labels }) => `node.labels.zone==${labels['zone'] ?? ''}`)),
    'node.role==worker',
  ]
  return fc
    .record({
      replicas: fc.integer({ min: 1, max: 4 }),
      isGlobal: fc.constantFrom(false, false, false, false, true),
      memory: fc.constantFrom(...shares),
      processors: fc.constantFrom(...shares),
      constraints: fc.subarray(constraints, { maxLength: 1 }),
      spread: fc.subarray(['node.labels.zone']),
      maxPerNode: fc.constantFrom(0, 0, 0, 1, 2),
      hasPort: fc.constantFrom(false, false, false, true),
      port: fc.integer({ min: 18_000, max: 18_001 }),
    })
    .map((draft) => ({
      mode: draft.isGlobal ? { kind: 'global' as const } : { kind: 'replicated' as const, replicas: draft.replicas },
      resources: {
        limits: {},
        reservations: {
          memoryBytes: Math.floor(memoryBytes * draft.memory),
          nanoCpus: Math.floor(nanoCpus * draft.processors),
        },
      },
      placement: { constraints: draft.constraints, spread: draft.spread, maxPerNode: draft.maxPerNode },
      ports: draft.hasPort
        ? [{ target: 80, published: draft.port, protocol: 'tcp' as const, mode: 'host' as const }]
        : [],
    }))
}

/** Two to five nodes with one manager to each that has the services on it that find room. */
export const occupancies: fc.Arbitrary<Occupancy> = fc
  .array(fc.record({ memory: fc.integer({ min: 1, max: 3 }), zone: fc.constantFrom('a', 'b') }), {
    minLength: 2,
    maxLength: 5,
  })
  .chain((drafts) => {
    const nodes = drafts.map(({ memory, zone }, index) =>
      createObservedNode(`node-${index + 1}`, { memoryBytes: memory * 1e9, labels: { zone }, isManager: false }),
    )
    const boss = createObservedNode('boss', { availability: 'drain', labels: { zone: 'a' } })
    return serviceDrafts(nodes, 5).map((services) => fill([boss, ...nodes], services))
  })

/** The nodes with as many tasks of each service as they can take. */
export const fill = (
  nodes: readonly ObservedNode[],
  drafts: readonly (readonly [name: string, change: Partial<Service>])[],
): Occupancy => {
  const rooms = [...openRooms({ nodes, services: [] }).values()]
  const services = drafts.map(([name, change]): PlacedService => {
    const service = createService(name, change)
    const rules = toPlacingRules(service)
    const open = rooms.filter(({ node }) => findLastingObstacle(node, rules, nodes) === undefined)
    const held = new Map<string, number>()
    if (rules.mode.kind === 'replicated') placeTasks(rules.mode.replicas, { rules, open, rooms, held })
    else for (const room of open) placeTasks(1, { rules, open: [room], rooms, held })
    const tasks = [...held].flatMap(([nodeId, count]) =>
      Array.from({ length: count }, () => ({ nodeId, isWanted: true, isRunning: true })),
    )
    return { ref: { app: 'shop', environment: 'test' }, name, engineName: service.engineName, rules, tasks }
  })
  return { nodes, services }
}
