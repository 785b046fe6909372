import { drainLabel, findDrain } from '@atoll/plan'
import type { Context } from '../context.ts'
import { getNode } from './look-at-nodes.ts'

export interface NodeResumed {
  readonly node: string
  /** False: it took tasks already, and was not being drained. */
  readonly isChanged: boolean
}

/** A node takes tasks again, be it drained, being drained or paused. Tasks do not come back by themselves. */
export const resumeNode = async (
  { engine }: Pick<Context, 'engine'>,
  given: string,
  signal: AbortSignal,
): Promise<NodeResumed> => {
  const node = getNode(await engine.nodes(signal), given, `resume ${given}`)
  const isChanged = node.availability !== 'active' || findDrain(node) !== undefined
  await engine.changeNode(node.id, { availability: 'active', removedLabels: [drainLabel] }, signal)
  return { node: node.name, isChanged }
}
