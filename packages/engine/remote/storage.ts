import type { Engine } from '../engine.ts'
import type { ImageClaims } from '../storage/storage.ts'
import type { Asker } from './task-reach.ts'

/** What is said to the collector of one node. */
export interface RemoteCollector {
  /** Which images are needed; what it was told before does not count any more. */
  claimImages(nodeId: string, claims: ImageClaims, signal: AbortSignal): Promise<void>
}

type Storage = Pick<Engine, 'disk' | 'usage' | 'prune'> & RemoteCollector

/** Each is asked of the agent of the node. */
export const openRemoteStorage = ({ askNode }: Asker): Storage => ({
  disk: async (nodeId, signal) => (await askNode({ name: 'disk', nodeId }, {}, signal)).disk,
  usage: (nodeId, signal) => askNode({ name: 'usage', nodeId }, {}, signal),
  prune: ({ nodeId, isDryRun, claims }, signal) =>
    askNode({ name: 'prune', nodeId }, { isDryRun, ...(claims === undefined ? {} : { claims }) }, signal),
  claimImages: async (nodeId, claims, signal) => {
    await askNode({ name: 'claimImages', nodeId }, claims, signal)
  },
})
