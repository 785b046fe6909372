import type { Compaction } from '@atoll/store/swarm'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { forgetSecrets } from '../operations/kept-secrets.ts'
import { runLoop } from './run-loop.ts'

/** Clears away what writers that were killed have left behind in the Raft, and values nobody needs; each look lists all of it, so they are rare. */
export const compactDocuments = (world: World, compaction: Compaction, signal: AbortSignal): Promise<void> => {
  const look = async (ended: AbortSignal): Promise<void> => {
    const { removedParts, removedRevisions } = await compaction.compact(ended)
    const forgotten = await forgetSecrets(world, ended)
    if (forgotten > 0) world.log({ event: 'secrets forgotten that the engine does not have', forgotten })
    if (removedParts + removedRevisions > 0) world.log({ event: 'documents compacted', removedParts, removedRevisions })
  }
  return runLoop(world, { name: 'compact documents', everyMs: limits.compactEveryMs, look }, signal)
}
