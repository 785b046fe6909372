import { findZone, hasZones, isWitness } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import type { Finding } from '../engine.ts'

/** Nodes without a zone are one zone more to the engine: they get as many tasks as each of the others. */
export const findZoneFindings = (nodes: readonly ObservedNode[]): readonly Finding[] => {
  const without = nodes.filter((node) => !isWitness(node) && findZone(node) === undefined).map(({ name }) => name)
  if (!hasZones(nodes) || without.length === 0) return []
  const [have, each] = without.length === 1 ? ['has', 'is taken for one'] : ['have', 'are taken for one together']
  return [
    {
      check: 'zones',
      state: 'warning',
      message: `${without.join(', ')} ${have} no zone, as other nodes do, and ${each}`,
      hint: `say where: "atoll node label ${without[0]} zone=..."`,
    },
  ]
}
