import { claimImages } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import { askNodes } from '../cluster/ask-nodes.ts'
import type { ClusterStorage } from '../cluster/storage.ts'

/** Over the engines that were given: those of other nodes cannot be reached. */
export const createDirectStorage = (context: Context): ClusterStorage => {
  const { engine } = context
  return {
    listNodeNames: async (signal) => (await engine.nodes(signal)).map(({ name }) => name),
    nodeUsages: async ({ node, onAnswer }, signal) => {
      const ask = async ({ id }: { readonly id: string }) => {
        const [usage, disk] = await Promise.all([engine.usage(id, signal), engine.disk(id, signal)])
        return { usage, ...(disk === undefined ? {} : { disk }) }
      }
      return askNodes(await engine.nodes(signal), { node, ask, onAnswer }, signal)
    },
    prune: async ({ node, isDryRun }, signal) => {
      const [claims, nodes] = await Promise.all([claimImages(context, signal), engine.nodes(signal)])
      const ask = async ({ id }: { readonly id: string }) => ({
        report: await engine.prune({ nodeId: id, isDryRun, claims }, signal),
      })
      return askNodes(nodes, { node, ask }, signal)
    },
  }
}
