import { EngineError } from '@atoll/engine'
import type { World } from './control.ts'

/** Whether this control runs on the node that leads the engine's Raft; while it cannot be asked nobody leads. */
export const isLeader = async ({ engine, node }: World, signal: AbortSignal): Promise<boolean> => {
  try {
    const nodes = await engine.nodes(signal)
    return nodes.some(({ id, isLeader }) => id === node.id && isLeader)
  } catch (error) {
    if (error instanceof EngineError) return false
    throw error
  }
}
