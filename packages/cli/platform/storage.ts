import type { Client } from '@atoll/api'
import { askNodes } from '../cluster/ask-nodes.ts'
import type { ClusterStorage } from '../cluster/storage.ts'

/** By way of the agents of the nodes. */
export const createPlatformStorage = (client: Client): ClusterStorage => ({
  listNodeNames: async (signal) => (await client.call('listNodes', {}, signal)).items.map(({ name }) => name),
  nodeUsages: async ({ node, onAnswer }, signal) => {
    const { items } = await client.call('listNodes', {}, signal)
    const ask = async ({ id }: { readonly id: string }) => {
      const { node: _, ...seen } = await client.call('getNodeUsage', { params: { node: id } }, signal)
      return seen
    }
    return askNodes(items, { node, ask, onAnswer }, signal)
  },
  prune: async ({ node, isDryRun }, signal) => {
    const { items } = await client.call('listNodes', {}, signal)
    const ask = async ({ id }: { readonly id: string }) => ({
      report: await client.call(isDryRun ? 'listGarbage' : 'pruneNode', { params: { node: id } }, signal),
    })
    return askNodes(items, { node, ask }, signal)
  },
})
