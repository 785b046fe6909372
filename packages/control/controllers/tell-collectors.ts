import { claimImages } from '@atoll/deploy'
import type { RemoteEngine } from '@atoll/engine/remote'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/**
 * Tells the agent of each node which images are needed. One that is told nothing for a while collects none, so without a
 * leader nothing is lost.
 */
export const tellCollectors = (
  world: World,
  { claimImages: tell }: Pick<RemoteEngine, 'claimImages'>,
  signal: AbortSignal,
): Promise<void> => {
  const look = async (ended: AbortSignal): Promise<void> => {
    const [claims, nodes] = await Promise.all([claimImages(world, ended), world.engine.nodes(ended)])
    const ready = nodes.filter(({ state }) => state === 'ready')
    const told = await Promise.allSettled(ready.map(({ id }) => tell(id, claims, ended)))
    const silent = ready.filter((_node, at) => told[at]?.status === 'rejected').map(({ name }) => name)
    if (silent.length > 0) world.log({ event: 'agents could not be told which images are needed', nodes: silent })
  }
  return runLoop(world, { name: 'tell collectors', everyMs: limits.claimsEveryMs, look }, signal)
}
