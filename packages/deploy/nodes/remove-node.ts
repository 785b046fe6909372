import { findNodeDetail } from '@atoll/plan'
import type { NodeDetail, Occupancy, VolumeThere } from '@atoll/plan'
import type { Context } from '../context.ts'
import { RefusedError, renderRef } from '../errors.ts'
import { judgeRoleChange } from './change-role.ts'
import { getNode } from './look-at-nodes.ts'

export interface RemoveNodeRequest {
  /** Name or id. */
  readonly node: string
  /** It is down and will not come back, or what its volumes hold is not needed. */
  readonly isForced: boolean
}

export interface NodeRemoved {
  readonly node: string
  readonly wasManager: boolean
  /** Volumes that were on it alone. */
  readonly volumes: readonly VolumeThere[]
}

/**
 * Takes a node out of the cluster; a manager becomes a worker before, which takes as long as `changeNodeRole`. RefusedError when
 * it still runs tasks, is away, holds volumes, or the managers would have no quorum; NotFoundError when there is no such node.
 */
export const removeNode = async (
  { engine }: Pick<Context, 'engine'>,
  request: RemoveNodeRequest,
  signal: AbortSignal,
): Promise<NodeRemoved> => {
  const occupancy = await engine.occupancy(signal)
  const detail = judgeRemoval(occupancy, request)
  const { id, name, role } = detail.node
  const wasManager = role !== 'worker'
  if (wasManager) await engine.changeRole(id, 'worker', signal)
  // The engine calls every node that is there one that must be forced.
  await engine.removeNode(id, { isForced: true }, signal)
  return { node: name, wasManager, volumes: detail.volumes }
}

const judgeRemoval = (occupancy: Occupancy, { node: given, isForced }: RemoveNodeRequest): NodeDetail => {
  const doing = `remove node ${given}`
  const { id } = getNode(occupancy.nodes, given, doing)
  const detail = findNodeDetail(occupancy, id)
  if (detail === undefined) throw new Error(`bug: node ${given} is among the nodes and has no room`)
  const { node } = detail
  if (node.state === 'ready') refuseBusy(detail, doing)
  else if (!isForced) throw away(node, doing)
  if (!isForced) refuseHolding(detail, doing)
  if (node.role !== 'worker') judgeRoleChange(occupancy.nodes, { node: id, role: 'worker' })
  return detail
}

/** Who is there would go on running them, with nobody to tell it otherwise. */
const refuseBusy = ({ node: { name, availability, tasks } }: NodeDetail, doing: string): void => {
  if (availability === 'drain' && tasks === 0) return
  const why = tasks > 0 ? `it still runs ${tasks} task${tasks === 1 ? '' : 's'}` : 'it still takes tasks'
  throw new RefusedError(`${doing}: ${why}`, { hint: `drain it first: "atoll node drain ${name}"` })
}

const away = ({ name, state }: NodeDetail['node'], doing: string): RefusedError =>
  new RefusedError(`${doing}: it is ${state}, and goes on where it was when it comes back`, {
    hint: `if it will not come back: "atoll node rm ${name} --force"`,
  })

const refuseHolding = ({ volumes }: NodeDetail, doing: string): void => {
  if (volumes.length === 0) return
  const named = volumes.map(
    ({ volume, ref, service }) => `${volume} (${ref === undefined ? '' : `${renderRef(ref)} `}${service})`,
  )
  throw new RefusedError(`${doing}: these volumes are on it alone: ${named.join(', ')}`, {
    hint: 'resume it and move them with "atoll volume move"; --force leaves them behind',
  })
}
