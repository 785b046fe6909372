import { z } from 'zod'
import type { NodeIngress, NodeTally, RouteRefusal, ServicesChange, TaskEndpoint } from '../../routing.ts'
import { countShape, nameShape, refShape } from './names.ts'

const mostServices = 5_000

export const endpointsRequestShape = z.strictObject({ services: z.array(nameShape).max(mostServices) })

export const endpointsShape: z.ZodType<readonly TaskEndpoint[]> = z.array(
  z.object({
    service: z.string(),
    taskId: z.string(),
    nodeId: z.string(),
    networks: z.array(z.object({ name: z.string(), subnet: z.string(), address: z.string() })),
  }),
)

export const servicesChangeShape: z.ZodType<ServicesChange> = z.object({ kind: z.enum(['service', 'node']) })

/** Its id becomes the name of a folder. */
export const staticSiteShape = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  image: z.string().regex(/^[A-Za-z0-9][\w./:@-]{0,700}$/),
  path: z.string().regex(/^(?:\/[A-Za-z0-9._@+-]+){1,20}$/),
})

/** The table is read by the ingress alone, which has no rights. */
export const nodeTableShape = z.strictObject({
  version: z.string().regex(/^[0-9a-f]{1,64}$/),
  networks: z.array(z.strictObject({ name: nameShape, subnet: z.cidrv4() })).max(mostServices),
  sites: z.array(staticSiteShape).max(mostServices).exactOptional(),
  table: z.string(),
})

const refusal = { reason: z.string(), isKept: z.boolean() }
const refusalShape: z.ZodType<RouteRefusal> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('environment'), app: z.string(), environment: z.string(), ...refusal }),
  z.object({ kind: z.literal('certificate'), host: z.string(), ...refusal }),
])

export const nodeIngressShape: z.ZodType<NodeIngress> = z.object({
  version: z.string().exactOptional(),
  trouble: z.string().exactOptional(),
  refused: z.array(refusalShape).exactOptional(),
})

/** Who wants probes for longer says so again. */
const mostProbeMs = 60_000

export const tallyQueryShape = z.strictObject({
  ref: refShape,
  since: countShape.exactOptional(),
  probeMs: z.int().min(0).max(mostProbeMs).exactOptional(),
})

export const nodeTallyShape: z.ZodType<NodeTally> = z.object({
  life: z.string(),
  moment: z.number(),
  routes: z.array(
    z.object({
      route: z.string(),
      requests: z.number(),
      statuses: z.object({
        '1xx': z.number(),
        '2xx': z.number(),
        '3xx': z.number(),
        '4xx': z.number(),
        '5xx': z.number(),
      }),
      failed: z.number(),
      cut: z.number(),
      retries: z.number(),
      redispatches: z.number(),
      abandoned: z.number(),
      slowestMs: z.number(),
      services: z
        .array(
          z.object({
            service: z.string(),
            answered: z.number(),
            errors: z.number(),
            failed: z.number(),
            totalMs: z.number(),
          }),
        )
        .exactOptional(),
    }),
  ),
  probes: z
    .array(
      z.object({
        route: z.string(),
        answered: z.number(),
        failed: z.number(),
        slowestMs: z.number(),
        gapMs: z.number(),
      }),
    )
    .exactOptional(),
  probing: z
    .object({ everyMs: z.number(), unprobed: z.array(z.object({ route: z.string(), why: z.string() })) })
    .exactOptional(),
})
