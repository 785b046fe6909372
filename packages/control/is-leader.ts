import type { World } from './control.ts'

/** Whether this control runs on the node that leads the engine's Raft. */
export const isLeader = async ({ engine, node }: World, signal: AbortSignal): Promise<boolean> => {
  const nodes = await engine.nodes(signal)
  return nodes.some(({ id, isLeader }) => id === node.id && isLeader)
}
