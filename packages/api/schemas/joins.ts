import { z } from 'zod'
import { identifier } from './names.ts'
import { nodeState } from './status.ts'

const role = z.enum(['manager', 'worker'])
/** Labels of nodes are compared by these characters alone. */
const zone = z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/)
/** As a hostname. */
const nodeName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)

/** What a server that comes with it becomes. */
const wanted = { role: role.exactOptional(), zone: zone.exactOptional(), name: nodeName.exactOptional() }

export const serverInvitationRequest = z.strictObject({
  ...wanted,
  /** Half an hour unless said, a day at most. */
  expiresInS: z.int().min(60).max(86_400).exactOptional(),
})

export const serverInvitation = z.object({
  id: identifier,
  token: z.string().meta({ description: 'shown once; good once' }),
  expiresAtMs: z.number(),
})

export const openServerInvitation = z.object({
  id: identifier,
  ...wanted,
  by: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
  /** A server came with it: nobody else can. */
  taken: z.object({ address: z.string(), atMs: z.number() }).exactOptional(),
  /** How that ended; absent while it goes on. */
  end: z.enum(['joined', 'refused']).exactOptional(),
})

const token = z.string().max(200)
/** A secret of the server that came, so that it may come again and nobody else. */
const seat = z.string().regex(/^[\w-]{43}$/)

export const clusterLook = z.strictObject({ token })
export const seenCluster = z.object({
  role,
  zone: zone.exactOptional(),
  name: nodeName.exactOptional(),
  nodes: z.array(
    z.object({ id: z.string(), name: z.string(), address: z.string(), isManager: z.boolean(), state: nodeState }),
  ),
  isTaken: z.boolean().meta({ description: 'a server came with the token already' }),
  managers: z.array(z.string()).meta({ description: 'address and port, of each manager' }),
  image: z.string().meta({ description: 'of the platform; every node runs it' }),
  nowMs: z.number(),
  hasIngress: z.boolean().exactOptional().meta({ description: 'its nodes serve routes, at their ports 80 and 443' }),
  streamPorts: z.array(z.int()).exactOptional().meta({ description: 'ports its nodes have besides, for streams' }),
})

export const joinRequest = z.strictObject({ token, seat })
export const settleRequest = z.strictObject({
  token,
  seat,
  nodeId: z.string().regex(/^[a-z0-9]{1,40}$/),
  holdsDoor: z
    .boolean()
    .exactOptional()
    .meta({ description: 'somebody answers at the port of the managers there, so that it can be asked for' }),
})

const joinFinding = z.object({ message: z.string(), remedy: z.string() })

export const joinProgress = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('working'),
    step: z.string(),
    leavesDoor: z.boolean().meta({ description: 'nobody may answer at the port of the managers there any more' }),
  }),
  z.object({
    kind: z.literal('joined'),
    nodeId: z.string(),
    node: z.string(),
    address: z.string(),
    role,
    zone: zone.exactOptional(),
    provenWith: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
  z.object({ kind: z.literal('refused'), nodeId: z.string(), findings: z.array(joinFinding) }),
])

export const leftJoin = z.object({ isRemoved: z.boolean() })
