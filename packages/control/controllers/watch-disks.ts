import type { World } from '../control.ts'
import type { Disks } from '../disks/disks.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** Asks the agent of each node how full its disk is, on every control: each plans deployments of its own. */
export const watchDisks = (world: World, disks: Disks, signal: AbortSignal): Promise<void> => {
  const look = async (ended: AbortSignal): Promise<void> => {
    const nodes = await world.recentNodes(ended)
    const ask = async (nodeId: string): Promise<void> => {
      const until = AbortSignal.any([ended, AbortSignal.timeout(limits.diskAnswerMs)])
      const disk = await world.engine.disk(nodeId, until)
      if (disk !== undefined) disks.put(nodeId, disk)
    }
    // A node that does not answer is told of elsewhere.
    await Promise.allSettled(nodes.filter(({ state }) => state === 'ready').map(({ id }) => ask(id)))
  }
  return runLoop(world, { name: 'watch disks', everyMs: limits.diskEveryMs, isOnEvery: true, look }, signal)
}
