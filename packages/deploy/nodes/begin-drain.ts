import { drainLabel, findDrain, isWitness, renderDrain } from '@atoll/plan'
import type { Drain, ObservedNode, Occupancy } from '@atoll/plan'
import type { Context } from '../context.ts'
import { RefusedError } from '../errors.ts'
import { limits } from '../limits.ts'
import { getNode } from './look-at-nodes.ts'

export interface DrainRequest {
  /** Name or id. */
  readonly node: string
  /** From now on; what cannot move is stopped then. As it was said before, or ten minutes, unless said. */
  readonly deadlineMs?: number
  /** What cannot move is stopped at once, and nothing is started elsewhere before it stops. */
  readonly isForced: boolean
}

export interface DrainBegun extends Drain {
  readonly node: string
  /** False: it was being drained already. */
  readonly isBegun: boolean
}

type World = Pick<Context, 'engine' | 'clock'>

/**
 * Says with the node itself that it is to be emptied; nothing has moved by then. Saying it again changes its deadline, when one
 * is given. NotFoundError when there is no such node, RefusedError when no other takes tasks or could run a control.
 */
export const beginDrain = async (
  { engine, clock }: World,
  { node: given, deadlineMs, isForced }: DrainRequest,
  signal: AbortSignal,
): Promise<DrainBegun> => {
  const occupancy = await engine.occupancy(signal)
  const node = getNode(occupancy.nodes, given, `drain ${given}`)
  refuseWitness(node)
  const known = findDrain(node)
  if (known === undefined && !isForced) refuseLast(occupancy, node, `drain ${node.name}`)
  const nowMs = clock.now()
  const sinceMs = known?.sinceMs ?? nowMs
  const untilMs = isForced ? nowMs : untilOf({ known, deadlineMs, nowMs })
  const labels = { [drainLabel]: renderDrain({ sinceMs, untilMs }) }
  await engine.changeNode(node.id, { labels, ...(isForced ? { availability: 'drain' } : {}) }, signal)
  return { node: node.name, sinceMs, untilMs, isBegun: known === undefined }
}

interface Deadline {
  readonly known: Drain | undefined
  readonly deadlineMs: number | undefined
  readonly nowMs: number
}

const untilOf = ({ known, deadlineMs, nowMs }: Deadline): number =>
  deadlineMs === undefined ? (known?.untilMs ?? nowMs + limits.drainDeadlineMs) : nowMs + deadlineMs

const refuseWitness = (node: ObservedNode): void => {
  if (!isWitness(node)) return
  throw new RefusedError(`drain ${node.name}: it is a witness, and runs nothing`, {
    hint: `"atoll node rm ${node.name}" takes it out, "atoll node witness ${node.name} --off" lets it take tasks`,
  })
}

/** RefusedError when nothing could run any more without this node, or no control. */
export const refuseLast = ({ nodes, services }: Occupancy, node: ObservedNode, doing: string): void => {
  const taking = nodes.filter((each) => each.id !== node.id && isTaking(each))
  if (taking.length === 0) {
    throw new RefusedError(`${doing}: no other node takes tasks, so everything on it would stop`, {
      hint: 'add or resume another node first; --force stops everything',
    })
  }
  const hasPlatform = services.some(({ ref, name }) => ref?.app === 'atoll' && name === 'control')
  if (!hasPlatform || !node.isManager || taking.some(({ isManager }) => isManager)) return
  throw new RefusedError(`${doing}: no other manager takes tasks, so no control would be left to resume it`, {
    hint: "resume or promote another node first; with --force only a manager's engine can resume it",
  })
}

const isTaking = (node: ObservedNode): boolean =>
  node.state === 'ready' && node.availability === 'active' && findDrain(node) === undefined
