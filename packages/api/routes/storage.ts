import { z } from 'zod'
import type { Route } from '../route.ts'
import { identifier } from '../schemas/names.ts'
import { nodeDisk, nodeUsage, pruneReport } from '../schemas/storage.ts'

const params = z.object({ node: identifier })

/** What nodes keep on their disks. */
export const storageRoutes = {
  getNodeUsage: {
    method: 'GET',
    path: '/v1/nodes/:node/usage',
    summary: 'What a node keeps, by name or id: its disk, images, containers, volumes and the cache of builds',
    role: 'viewer',
    scope: 'cluster',
    params,
    reply: z.object({ node: z.string(), usage: nodeUsage, disk: nodeDisk.exactOptional() }),
    kind: 'json',
    status: 200,
  },
  listGarbage: {
    method: 'GET',
    path: '/v1/nodes/:node/garbage',
    summary: 'What `pruneNode` would remove from a node, and why the rest stays',
    role: 'maintainer',
    scope: 'cluster',
    params,
    reply: pruneReport,
    kind: 'json',
    status: 200,
  },
  pruneNode: {
    method: 'POST',
    path: '/v1/nodes/:node/prune',
    summary: 'Remove from a node what no service and no kept release needs; never a volume',
    role: 'maintainer',
    scope: 'cluster',
    params,
    reply: pruneReport,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
