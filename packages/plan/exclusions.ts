import type { Service } from '@atoll/spec'
import { isAvoided } from './drain.ts'
import { isSatisfied, renderAttribute } from './constraints.ts'
import type { ObservedNode } from './observed.ts'
import { isWitness } from './witness.ts'
import { renderBytes, renderProcessors } from './quantities.ts'

/** Why a node cannot take a task of a service. */
export interface Exclusion {
  readonly node: string
  readonly rule: 'state' | 'constraint' | 'memory' | 'processors'
  /** `is drained`, `constraint node.labels.zone==ams3 (zone=fra1)`. */
  readonly reason: string
}

/** Whether a node takes tasks at all. A leader that was just elected knows no node until it has heard from it, in seconds. */
export const findStateExclusion = (node: ObservedNode): Exclusion | undefined => {
  const { name, state, availability } = node
  if (state === 'down' || state === 'disconnected') return { node: name, rule: 'state', reason: `is ${state}` }
  if (availability === 'active') return undefined
  if (availability === 'pause') return { node: name, rule: 'state', reason: 'is paused' }
  return { node: name, rule: 'state', reason: isWitness(node) ? 'is a witness' : 'is drained' }
}

/** The first rule that keeps a service off a node: whether it takes tasks at all, constraints, then room for reservations. */
const findExclusion = (service: Service, node: ObservedNode): Exclusion | undefined =>
  findStateExclusion(node) ?? findFitExclusion(service, node)

/** The same without regard to the node's present state. */
export const findFitExclusion = (service: Service, node: ObservedNode): Exclusion | undefined => {
  const unmet = service.placement.constraints.find((expression) => !isSatisfied(expression, node))
  if (unmet !== undefined && isAvoided(unmet, node)) {
    return { node: node.name, rule: 'constraint', reason: 'is being drained' }
  }
  if (unmet !== undefined) {
    return { node: node.name, rule: 'constraint', reason: `constraint ${unmet} (${renderAttribute(unmet, node)})` }
  }
  const { memoryBytes = 0, nanoCpus = 0 } = service.resources.reservations
  if (memoryBytes > node.memoryBytes) {
    const reason = `has ${renderBytes(node.memoryBytes)} of memory, ${renderBytes(memoryBytes)} are reserved`
    return { node: node.name, rule: 'memory', reason }
  }
  if (nanoCpus > node.nanoCpus) {
    const reason = `has ${renderProcessors(node.nanoCpus)}, ${renderProcessors(nanoCpus)} are reserved`
    return { node: node.name, rule: 'processors', reason }
  }
  return undefined
}

/** For each node that cannot take a task of the service, the rule that excludes it; what else fills a node is not looked at. */
export const exclusions = (service: Service, nodes: readonly ObservedNode[]): readonly Exclusion[] =>
  nodes.flatMap((node) => findExclusion(service, node) ?? [])

/** Nodes that can take a task of the service now. */
export const eligibleNodes = (service: Service, nodes: readonly ObservedNode[]): readonly ObservedNode[] =>
  nodes.filter((node) => findExclusion(service, node) === undefined)
