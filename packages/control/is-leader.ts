import { EngineError } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import type { World } from './control.ts'

/**
 * Whether this control runs on the node that leads the engine's Raft; while it cannot be asked nobody leads. No control runs on
 * a leader that is drained, and then that of another manager leads.
 */
export const isLeader = async ({ recentNodes, node }: World, signal: AbortSignal): Promise<boolean> => {
  try {
    return findLeading(await recentNodes(signal))?.id === node.id
  } catch (error) {
    if (error instanceof EngineError) return false
    throw error
  }
}

const findLeading = (nodes: readonly ObservedNode[]): ObservedNode | undefined => {
  const leader = nodes.find((node) => node.isLeader)
  if (leader?.availability !== 'drain') return leader
  const able = nodes.filter(
    ({ isManager, state, availability }) => isManager && state === 'ready' && availability !== 'drain',
  )
  return able.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0] ?? leader
}
