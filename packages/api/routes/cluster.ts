import type { Route } from '../route.ts'
import { pageOf, pageQuery } from '../schemas/names.ts'
import { diagnosis, node } from '../schemas/status.ts'

/** The cluster itself. */
export const clusterRoutes = {
  listNodes: {
    method: 'GET',
    path: '/v1/nodes',
    summary: 'The servers of the cluster',
    role: 'viewer',
    scope: 'cluster',
    query: pageQuery,
    reply: pageOf(node),
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
  getDoctor: {
    method: 'GET',
    path: '/v1/doctor',
    summary: 'What the engine and the nodes suffer from',
    role: 'viewer',
    scope: 'cluster',
    reply: diagnosis,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
