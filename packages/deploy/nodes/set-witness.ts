import { drainLabel, findDrain, isWitness, witnessLabel } from '@atoll/plan'
import type { ObservedNode, Occupancy } from '@atoll/plan'
import type { Context } from '../context.ts'
import { RefusedError } from '../errors.ts'
import { refuseLast } from './begin-drain.ts'
import { getNode } from './look-at-nodes.ts'

export interface WitnessRequest {
  /** Name or id. */
  readonly node: string
  /** False: it is a node as any other again. */
  readonly isWitness: boolean
}

export interface WitnessOutcome {
  readonly node: string
  readonly isWitness: boolean
  /** False: it was so already. */
  readonly isChanged: boolean
  /** Whether it votes: a witness that is a worker is of no use yet. */
  readonly isManager: boolean
}

/**
 * Makes a node that runs no apps a witness, which takes none from then on, or an ordinary node of one. Its role is left as it is.
 * RefusedError while services run there, and when no other node takes tasks; NotFoundError when there is no such node.
 */
export const setWitness = async (
  { engine }: Pick<Context, 'engine'>,
  { node: given, isWitness: isWanted }: WitnessRequest,
  signal: AbortSignal,
): Promise<WitnessOutcome> => {
  const occupancy = await engine.occupancy(signal)
  const node = getNode(occupancy.nodes, given, isWanted ? `make ${given} a witness` : `let ${given} take tasks`)
  const outcome = { node: node.name, isWitness: isWanted, isManager: node.isManager }
  const isSo = isWitness(node) === isWanted && (!isWanted || node.availability === 'drain')
  if (isSo) return { ...outcome, isChanged: false }
  if (isWanted) {
    refuseUnfit(occupancy, node)
    // In one write, so that nothing is placed there in between.
    const labels = { [witnessLabel]: 'true' }
    await engine.changeNode(node.id, { labels, removedLabels: [drainLabel], availability: 'drain' }, signal)
  } else {
    await engine.changeNode(node.id, { removedLabels: [witnessLabel], availability: 'active' }, signal)
  }
  return { ...outcome, isChanged: true }
}

const refuseUnfit = (occupancy: Occupancy, node: ObservedNode): void => {
  const doing = `make ${node.name} a witness`
  const running = occupancy.services
    .filter(({ ref, tasks }) => ref?.app !== 'atoll' && tasks.some(({ nodeId }) => nodeId === node.id))
    .map(({ name }) => name)
  if (running.length > 0) {
    throw new RefusedError(`${doing}: ${running.slice(0, 5).join(', ')} would be stopped there`, {
      hint: `empty it first: "atoll node drain ${node.name}"`,
    })
  }
  if (findDrain(node) !== undefined && node.availability !== 'drain') {
    throw new RefusedError(`${doing}: it is being drained`, { hint: `wait for "atoll node drain ${node.name}" to end` })
  }
  refuseLast(occupancy, node, doing)
}
