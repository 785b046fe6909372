import type { NodeDisk, NodeUsage, PruneReport } from '@atoll/engine'
import type { RequestOf } from '@atoll/engine/remote'
import type { Agent } from '../agent.ts'
import { recordWork } from '../log.ts'

/** What this node keeps, and what of it is given up. */
export const storageCalls = {
  disk: async ({ node, watch }: Agent, _request: unknown, signal: AbortSignal): Promise<{ disk?: NodeDisk }> => {
    const disk = watch === undefined ? await node.disk(signal) : watch.read()
    return disk === undefined ? {} : { disk: { ...disk, clockMs: Date.now() } }
  },
  usage: ({ node }: Agent, _request: unknown, signal: AbortSignal): Promise<NodeUsage> => node.usage(signal),
  prune: ({ node, watch, journal }: Agent, request: RequestOf<'prune'>, signal: AbortSignal): Promise<PruneReport> => {
    const work = (): Promise<PruneReport> => (watch ?? node).prune(request, signal)
    return request.isDryRun ? work() : recordWork(journal, { verb: 'prune', ref: 'this node' }, work)
  },
  claimImages: async ({ watch }: Agent, claims: RequestOf<'claimImages'>): Promise<Record<string, never>> => {
    watch?.claim(claims)
    return {}
  },
}
