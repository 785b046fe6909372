import { z } from 'zod'
import type { Route } from '../route.ts'
import { drill } from '../schemas/drills.ts'
import { appName, pageOf, pageQuery } from '../schemas/names.ts'
import { rebalanceAnswer, rebalanceQuery } from '../schemas/rebalance.ts'
import { diagnosis, node } from '../schemas/status.ts'
import { whatIfAnswer, whatIfQuery } from '../schemas/what-if.ts'

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
  listDrills: {
    method: 'GET',
    path: '/v1/drills',
    summary: 'Failures of nodes that were made for real, and what came of them; newest first',
    role: 'viewer',
    scope: 'cluster',
    query: pageQuery,
    reply: pageOf(drill),
    kind: 'json',
    status: 200,
  },
  getWhatIf: {
    method: 'GET',
    path: '/v1/what-if',
    summary:
      'Which services would lose tasks with these nodes, why, and what room would be left; without `lose` and `zone` each node in turn',
    role: 'viewer',
    scope: 'cluster',
    query: whatIfQuery,
    reply: whatIfAnswer,
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
  getRebalancing: {
    method: 'GET',
    path: '/v1/rebalancing',
    summary: 'Which tasks would move to spread services evenly over zones and nodes again; nothing is changed',
    role: 'viewer',
    scope: 'cluster',
    query: rebalanceQuery,
    reply: rebalanceAnswer,
    kind: 'json',
    status: 200,
  },
  getAppWhatIf: {
    method: 'GET',
    path: '/v1/apps/:app/what-if',
    summary:
      'The same of one app alone, for who may see no other: what other apps have reserved is not counted, nor told',
    role: 'viewer',
    scope: 'app',
    params: z.object({ app: appName }),
    query: whatIfQuery.omit({ app: true }),
    reply: whatIfAnswer,
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
