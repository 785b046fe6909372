import type { NodeRole } from '@atoll/engine'
import { isWitness } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import type { Context } from '../context.ts'
import { RefusedError } from '../errors.ts'
import { getNode } from './look-at-nodes.ts'

export interface RoleRequest {
  /** Name or id. */
  readonly node: string
  readonly role: NodeRole
}

export interface RoleOutcome {
  readonly node: string
  readonly role: NodeRole
  /** False: it was that already. */
  readonly isChanged: boolean
  /** How many there are then. */
  readonly managers: number
  readonly warnings: readonly string[]
}

/**
 * Makes a node a manager or a worker, and resolves when the managers show it; that takes seconds, and up to 300 s. RefusedError
 * when the managers would have no quorum then, NotFoundError when there is no such node.
 */
export const changeNodeRole = async (
  { engine }: Pick<Context, 'engine'>,
  request: RoleRequest,
  signal: AbortSignal,
): Promise<RoleOutcome> => {
  const nodes = await engine.nodes(signal)
  const outcome = judgeRoleChange(nodes, request)
  const { id } = getNode(nodes, request.node, 'change its role')
  await engine.changeRole(id, request.role, signal)
  return outcome
}

/** What a change of role comes to, before it is done; throws as `changeNodeRole` does. */
export const judgeRoleChange = (nodes: readonly ObservedNode[], { node: given, role }: RoleRequest): RoleOutcome => {
  const doing = `make ${given} a ${role}`
  const node = getNode(nodes, given, doing)
  const others = nodes.filter(({ id, isManager }) => isManager && id !== node.id)
  const isChanged = node.isManager !== (role === 'manager')
  if (isChanged && role === 'manager') refuseAbsent(node, doing)
  if (isChanged && role === 'worker') refuseWithoutQuorum(others, doing)
  const managers = others.length + (role === 'manager' ? 1 : 0)
  const warnings = isChanged ? [...warnOfNumber(managers), ...warnOfWitness(node, role)] : []
  return { node: node.name, role, isChanged, managers, warnings }
}

const refuseAbsent = ({ state }: ObservedNode, doing: string): void => {
  if (state === 'ready') return
  throw new RefusedError(`${doing}: it is ${state}, and would count for the quorum without being there`, {
    hint: 'start it first; "atoll node ls" shows when it is ready',
  })
}

const refuseWithoutQuorum = (left: readonly ObservedNode[], doing: string): void => {
  if (left.length === 0) {
    throw new RefusedError(`${doing}: it is the only manager`, { hint: 'make another one first: "atoll node promote"' })
  }
  const ready = left.filter(({ state }) => state === 'ready').length
  if (ready * 2 > left.length) return
  const counts = `of the ${left.length} managers left ${ready} would be ready, which is no majority`
  throw new RefusedError(`${doing}: ${counts}, and nothing could be changed any more`, {
    hint: 'start the managers that are down, or make another one first: "atoll node promote"',
  })
}

const warnOfWitness = (node: ObservedNode, role: NodeRole): readonly string[] =>
  role === 'worker' && isWitness(node)
    ? [`it is a witness: as a worker it neither votes nor runs anything; "atoll node witness ${node.name} --off"`]
    : []

const warnOfNumber = (managers: number): readonly string[] => {
  if (managers % 2 === 1) return []
  const lost = managers / 2 - 1
  return [
    `with ${managers} managers ${lost === 0 ? 'none' : `only ${lost}`} may be lost, no more than with ${managers - 1}: make their number odd`,
  ]
}
