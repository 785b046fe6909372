import { renderBytes, renderProcessors } from '../quantities.ts'
import type { Obstacle } from './obstacles.ts'
import type { PlacingRules } from './occupancy.ts'
import type { Room } from './room.ts'

export interface Loss {
  readonly rules: PlacingRules
  /** What is left of the nodes, all that could be placed being placed. */
  readonly rooms: readonly Room[]
  /** One for each of them that cannot take one more. */
  readonly obstacles: readonly Obstacle[]
  readonly hasMajority: boolean
}

/** Why tasks find no node, one rule a line: `needs 512 MiB of memory, the most that is free is 300 MiB, on node-3`. */
export const explainLoss = ({ rules, rooms, obstacles, hasMajority }: Loss): readonly string[] => {
  if (!hasMajority) return ['the managers that are left are no majority, and start nothing anew']
  if (!rules.isRestarted) return ['it is not started again once it is gone (its restart policy)']
  const perRule = Map.groupBy(obstacles, ({ rule }) => rule)
  const untaking = perRule.get('state') ?? []
  if (untaking.length === rooms.length) return [describeNone(untaking)]
  const lines = [...perRule].flatMap(([rule, found]) =>
    rule === 'state' ? [] : describeRule(rule, { rules, found, rooms: roomsOf(found, rooms) }),
  )
  return lines.length > 0 ? lines : ['none of the nodes it ran on is left']
}

const describeNone = (untaking: readonly Obstacle[]): string =>
  untaking.length === 0
    ? 'no other node is there'
    : `no node is left that takes tasks: ${untaking.map(({ node, reason }) => `${node} ${reason}`).join(', ')}`

const roomsOf = (found: readonly Obstacle[], rooms: readonly Room[]): readonly Room[] => {
  const names = new Set(found.map(({ node }) => node))
  return rooms.filter(({ node }) => names.has(node.name))
}

interface Ruled {
  readonly rules: PlacingRules
  readonly found: readonly Obstacle[]
  readonly rooms: readonly Room[]
}

/** Constraints and volumes have one line for each of theirs. */
const describeRule = (rule: Obstacle['rule'], { rules, found, rooms }: Ruled): readonly string[] => {
  const { reservations, placement } = rules
  const nodes = found.map(({ node }) => node).join(', ')
  switch (rule) {
    case 'memory': {
      const most = findMost(rooms, 'memoryBytes')
      const need = renderBytes(reservations.memoryBytes)
      return [`needs ${need} of memory, the most that is free is ${renderBytes(most.amount)}, on ${most.node}`]
    }
    case 'processors': {
      const most = findMost(rooms, 'nanoCpus')
      const need = renderProcessors(reservations.nanoCpus)
      return [`needs ${need}, the most that is free is ${renderProcessors(most.amount)}, on ${most.node}`]
    }
    case 'per-node':
      return [`there may be ${placement.maxPerNode} on a node, and that many are on ${nodes}`]
    case 'port':
      return [`its port of the node is taken on ${nodes}`]
    case 'platform':
    case 'constraint':
    case 'volume':
      return describeEach(found)
    case 'state':
      return []
  }
}

const findMost = (
  rooms: readonly Room[],
  key: 'memoryBytes' | 'nanoCpus',
): { readonly node: string; readonly amount: number } => {
  const [first] = rooms.toSorted((a, b) => b[key] - a[key])
  return { node: first?.node.name ?? 'no node', amount: Math.max(0, first?.[key] ?? 0) }
}

/** `volume shop_data is on node-2` is said once, a constraint with what each node has instead. */
const describeEach = (found: readonly Obstacle[]): readonly string[] => {
  const [first] = found
  if (first?.rule === 'volume') return [...new Set(found.map(({ reason }) => `its ${reason}`))]
  return [found.map(({ node, reason }) => `${node}: ${reason}`).join(', ')]
}
