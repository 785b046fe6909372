import type { Resources, Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { wantedTasks } from '../conditions.ts'
import { findConstraint, isSatisfied } from '../constraints.ts'
import { exclusions, findStateExclusion } from '../exclusions.ts'
import type { ObservedNode } from '../observed.ts'
import { renderBytes, renderProcessors } from '../quantities.ts'

/** Services no node can take, whatever runs there: constraints, then size. `service` is without pins. */
export const warnOfNodes = (service: Service, nodes: readonly ObservedNode[]): readonly Warning[] => {
  if (service.mode.kind === 'replicated' && wantedTasks(service, nodes) === 0) return []
  if (isForRole(service, nodes)) return []
  const { constraints } = service.placement
  const matching = nodes.filter((node) => constraints.every((constraint) => isSatisfied(constraint, node)))
  if (matching.length === 0) return [unmatched(service, nodes)]
  const tooBig = warnOfSize(service, matching)
  if (tooBig.length > 0) return tooBig
  return exclusions(service, matching).length < matching.length ? [] : [unavailable(service, matching)]
}

/** A task on every worker is none where all are managers, and nothing to mend: roles change as nodes come and go. */
const isForRole = ({ mode, placement }: Service, nodes: readonly ObservedNode[]): boolean =>
  mode.kind === 'global' &&
  placement.constraints.some((constraint) => isRole(constraint) && !nodes.some((node) => isSatisfied(constraint, node)))

const isRole = (expression: string): boolean => {
  const { key, operator, value = '' } = findConstraint(expression) ?? {}
  return key === 'node.role' && operator === '==' && ['manager', 'worker'].includes(value)
}

const unmatched = (service: Service, nodes: readonly ObservedNode[]): Warning => {
  const { constraints } = service.placement
  const none = constraints.find((constraint) => !nodes.some((node) => isSatisfied(constraint, node)))
  const isUnknown = none !== undefined && findConstraint(none) === undefined
  const which = none ?? `all of ${constraints.join(', ')} together`
  return {
    kind: 'no-node',
    service: service.name,
    message: `${service.name}: no node matches the constraint ${which}`,
    hint: isUnknown ? 'write it as KEY==VALUE or KEY!=VALUE' : 'label a node, or change the constraint',
    isBlocking: true,
  }
}

const unavailable = (service: Service, matching: readonly ObservedNode[]): Warning => {
  const states = matching.map((node) => `${node.name} ${findStateExclusion(node)?.reason ?? 'cannot take it'}`)
  return {
    kind: 'no-node',
    service: service.name,
    message: `${service.name}: no node can take it now: ${states.join(', ')}`,
    hint: 'bring one of them back',
    isBlocking: true,
  }
}

const warnOfSize = (service: Service, nodes: readonly ObservedNode[]): readonly Warning[] => {
  const { limits, reservations } = service.resources
  const memoryBytes = Math.max(...nodes.map((node) => node.memoryBytes))
  const nanoCpus = Math.max(...nodes.map((node) => node.nanoCpus))
  const most = { memoryBytes, nanoCpus }
  const reserved = findExcess(reservations, most)
  if (reserved !== undefined) return [tooBig(service, { what: 'reserves', ...reserved })]
  const limited = findExcess(limits, most)
  return limited === undefined ? [] : [tooBig(service, { what: 'has a limit of', ...limited })]
}

interface Excess {
  readonly wanted: string
  readonly most: string
  /** An engine refuses more processors than the node has; a memory limit nobody can reach only promises too much. */
  readonly isRefused: boolean
}

const findExcess = (
  { memoryBytes = 0, nanoCpus = 0 }: Resources,
  most: Required<Pick<Resources, 'memoryBytes' | 'nanoCpus'>>,
): Excess | undefined => {
  if (nanoCpus > most.nanoCpus) {
    return { wanted: renderProcessors(nanoCpus), most: renderProcessors(most.nanoCpus), isRefused: true }
  }
  if (memoryBytes <= most.memoryBytes) return undefined
  return { wanted: `${renderBytes(memoryBytes)} of memory`, most: renderBytes(most.memoryBytes), isRefused: false }
}

const tooBig = ({ name }: Service, { what, wanted, most, isRefused }: Excess & { readonly what: string }): Warning => ({
  kind: 'too-big',
  service: name,
  message: `${name} ${what} ${wanted}, but no node it may run on has more than ${most}`,
  hint: 'lower deploy.resources, or add a larger node',
  isBlocking: isRefused || what === 'reserves',
})
