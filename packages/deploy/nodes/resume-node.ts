import { drainLabel, findDrain, isWitness } from '@atoll/plan'
import type { Context } from '../context.ts'
import { RefusedError } from '../errors.ts'
import { getNode } from './look-at-nodes.ts'

export interface NodeResumed {
  readonly node: string
  /** False: it took tasks already, and was not being drained. */
  readonly isChanged: boolean
}

/**
 * A node takes tasks again, be it drained, being drained or paused. Tasks do not come back by themselves. RefusedError of a witness,
 * NotFoundError when there is no such node.
 */
export const resumeNode = async (
  { engine }: Pick<Context, 'engine'>,
  given: string,
  signal: AbortSignal,
): Promise<NodeResumed> => {
  const node = getNode(await engine.nodes(signal), given, `resume ${given}`)
  if (isWitness(node)) {
    throw new RefusedError(`resume ${node.name}: it is a witness, which votes and runs nothing`, {
      hint: `"atoll node witness ${node.name} --off" makes it a node as any other`,
    })
  }
  const isChanged = node.availability !== 'active' || findDrain(node) !== undefined
  await engine.changeNode(node.id, { availability: 'active', removedLabels: [drainLabel] }, signal)
  return { node: node.name, isChanged }
}
