import type { Client } from '@atoll/api'
import type { ClusterNodes } from '../cluster/nodes.ts'
import { listAll } from './list-all.ts'

/** By way of a control. */
export const createPlatformNodes = (client: Client): ClusterNodes => ({
  nodes: async (signal) =>
    (await listAll((query) => client.call('listHeldNodes', { query }, signal))).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
  node: (node, signal) => client.call('getNode', { params: { node } }, signal),
})
