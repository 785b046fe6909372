import { isAvoided } from '../drain.ts'
import { findConstraint, isSatisfied, renderAttribute } from '../constraints.ts'
import { findStateExclusion } from '../exclusions.ts'
import type { ObservedNode } from '../observed.ts'
import { renderBytes, renderProcessors } from '../quantities.ts'
import type { Platform, PlacingRules } from './occupancy.ts'
import type { Room } from './room.ts'

/** Why a node cannot take one more task of a service. */
export interface Obstacle {
  readonly node: string
  readonly rule: 'state' | 'volume' | 'constraint' | 'platform' | 'memory' | 'processors' | 'port' | 'per-node'
  /** `has 300 MiB of memory free, 512 MiB are needed`. */
  readonly reason: string
}

/** What does not change however much runs there: state, constraints, platform. `nodes`: lost ones too. */
export const findLastingObstacle = (
  node: ObservedNode,
  rules: PlacingRules,
  nodes: readonly ObservedNode[],
): Obstacle | undefined => {
  const state = findStateExclusion(node)
  if (state !== undefined) return { node: node.name, rule: 'state', reason: state.reason }
  const unmet = rules.placement.constraints.find((expression) => !isSatisfied(expression, node))
  if (unmet !== undefined) return describeUnmet(unmet, { node, rules, nodes })
  if (rules.platforms.length === 0 || rules.platforms.some((platform) => isFor(platform, node))) return undefined
  return { node: node.name, rule: 'platform', reason: `is ${node.os}/${node.architecture}, its image is for another` }
}

interface Unmet {
  readonly node: ObservedNode
  readonly rules: PlacingRules
  readonly nodes: readonly ObservedNode[]
}

/** A pin to the node of a volume is told as what it is for. */
const describeUnmet = (expression: string, { node, rules, nodes }: Unmet): Obstacle => {
  const { key = '', operator, value = '' } = findConstraint(expression) ?? {}
  const holder =
    key.toLowerCase() === 'node.id' && operator === '==' ? nodes.find(({ id }) => id === value)?.name : undefined
  if (holder !== undefined && rules.volumes.length > 0) {
    return { node: node.name, rule: 'volume', reason: `volume ${rules.volumes.join(', ')} is on ${holder}` }
  }
  if (isAvoided(expression, node)) return { node: node.name, rule: 'constraint', reason: 'is being drained' }
  return {
    node: node.name,
    rule: 'constraint',
    reason: `constraint ${expression} (${renderAttribute(expression, node)})`,
  }
}

const aliases: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }
const canonical = (architecture: string): string => aliases[architecture] ?? architecture

const isFor = (platform: Platform, { os, architecture }: ObservedNode): boolean =>
  (platform.os === '' || platform.os === os) &&
  (platform.architecture === '' || canonical(platform.architecture) === canonical(architecture))

/** Room, ports and the most of it on one node. `held`: tasks of the service there. */
export const findPassingObstacle = (room: Room, rules: PlacingRules, held: number): Obstacle | undefined => {
  const rule = findFullRule(room, rules, held)
  return rule === undefined ? undefined : { node: room.node.name, rule, reason: describeFull(room, { rules, rule }) }
}

type FullRule = 'memory' | 'processors' | 'port' | 'per-node'

export const findFullRule = (room: Room, rules: PlacingRules, held: number): FullRule | undefined => {
  const { reservations, nodePorts, placement } = rules
  if (reservations.memoryBytes > 0 && reservations.memoryBytes > room.memoryBytes) return 'memory'
  if (reservations.nanoCpus > 0 && reservations.nanoCpus > room.nanoCpus) return 'processors'
  if (nodePorts.some((port) => room.ports.has(port))) return 'port'
  return placement.maxPerNode > 0 && held >= placement.maxPerNode ? 'per-node' : undefined
}

interface Full {
  readonly rules: PlacingRules
  readonly rule: FullRule
}

const describeFull = (room: Room, { rules, rule }: Full): string => {
  const { reservations, nodePorts, placement } = rules
  switch (rule) {
    case 'memory':
      return `has ${renderBytes(Math.max(0, room.memoryBytes))} of memory free, ${renderBytes(reservations.memoryBytes)} are needed`
    case 'processors':
      return `has ${renderProcessors(Math.max(0, room.nanoCpus))} free, ${renderProcessors(reservations.nanoCpus)} are needed`
    case 'port':
      return `has its port ${nodePorts.find((port) => room.ports.has(port))} taken`
    case 'per-node':
      return `has ${placement.maxPerNode} already, the most there may be on a node`
  }
}
