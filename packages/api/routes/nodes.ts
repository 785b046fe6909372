import { z } from 'zod'
import type { Route } from '../route.ts'
import { identifier, pageOf, pageQuery } from '../schemas/names.ts'
import { drainBegun, drainProgress, drainRequest, nodeResumed } from '../schemas/nodes.ts'
import { heldNode, labelChange, labelOutcome, nodeDetail, roleChange, roleOutcome } from '../schemas/nodes.ts'

const params = z.object({ node: identifier })

/** The life of a node. */
export const nodeRoutes = {
  listHeldNodes: {
    method: 'GET',
    path: '/v1/occupancy',
    summary: 'The servers of the cluster, each with what tasks reserve of it',
    role: 'viewer',
    scope: 'cluster',
    query: pageQuery,
    reply: pageOf(heldNode),
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
  getNode: {
    method: 'GET',
    path: '/v1/nodes/:node',
    summary: 'A node, by name or id: what runs there, the volumes that hold services to it, what its loss would do',
    role: 'viewer',
    scope: 'cluster',
    params,
    reply: nodeDetail,
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
  labelNode: {
    method: 'POST',
    path: '/v1/nodes/:node/labels',
    summary: 'Set and remove labels of a node; the others stay',
    role: 'maintainer',
    scope: 'cluster',
    params,
    body: labelChange,
    reply: labelOutcome,
    kind: 'json',
    status: 200,
  },
  changeNodeRole: {
    method: 'POST',
    path: '/v1/nodes/:node/role',
    summary: 'Make a node a manager or a worker; refused when the managers would have no quorum then',
    role: 'owner',
    scope: 'cluster',
    params,
    body: roleChange,
    reply: roleOutcome,
    kind: 'json',
    status: 200,
  },
  getDrain: {
    method: 'GET',
    path: '/v1/nodes/:node/drain',
    summary: 'How far the drain of a node is, and what cannot move and why; nothing when it is not to be drained',
    role: 'viewer',
    scope: 'cluster',
    params,
    reply: z.object({ drain: drainProgress.exactOptional() }),
    kind: 'json',
    status: 200,
  },
  drainNode: {
    method: 'POST',
    path: '/v1/nodes/:node/drain',
    summary: "Move what runs on a node to others, starting it there first where it may; the leader's control does it",
    role: 'maintainer',
    scope: 'cluster',
    params,
    body: drainRequest,
    reply: drainBegun,
    kind: 'json',
    status: 202,
  },
  resumeNode: {
    method: 'POST',
    path: '/v1/nodes/:node/resume',
    summary: 'Let a node take tasks again that is drained, being drained or paused',
    role: 'maintainer',
    scope: 'cluster',
    params,
    reply: nodeResumed,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
