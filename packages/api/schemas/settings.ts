import { z } from 'zod'

const graceMs = z
  .int()
  .min(60_000)
  .max(86_400_000)
  .meta({ description: 'how long a manager is away before it is taken for gone for good' })

const hours = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$/)
  .meta({ description: 'of the day, UTC, as 03:00-05:00; empty: at any time' })

/** With everybody's word taken any client could name any address as its own. */
const mostProxies = 200
const proxy = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
  .refine((text) => !text.endsWith('/0'), 'is everybody')
const trustedProxies = z.array(proxy).max(mostProxies).meta({
  description: 'addresses and networks of proxies in front of the nodes, whose X-Forwarded-For and -Proto are believed',
})

const isProxyProtocolExpected = z
  .boolean()
  .meta({ description: 'they begin each connection with a header of the PROXY protocol' })
const hasProbes = z.boolean().meta({
  description:
    'during a deployment every ingress asks the routes of the app once a second, and the receipt says what came of it',
})

const streamPorts = z.array(z.int()).meta({
  description:
    'ports of every node that routes of tcp and tls may have besides 80 and 443; changed with the engines of managers alone',
})

export const settings = z.object({
  managers: z.object({
    isKept: z.boolean().meta({ description: 'replace managers that are gone, and keep their number odd' }),
    graceMs,
  }),
  rebalance: z.object({
    isAutomatic: z.boolean().meta({ description: 'spread tasks again after nodes came back or joined' }),
    hours,
  }),
  ingress: z.object({ trustedProxies, isProxyProtocolExpected, hasProbes }),
  // Controls before this build do not say it.
  streams: z.object({ ports: streamPorts }).default({ ports: [] }),
})

export const settingsChange = z.strictObject({
  managers: z.strictObject({ isKept: z.boolean().exactOptional(), graceMs: graceMs.exactOptional() }).exactOptional(),
  rebalance: z.strictObject({ isAutomatic: z.boolean().exactOptional(), hours: hours.exactOptional() }).exactOptional(),
  ingress: z
    .strictObject({
      trustedProxies: trustedProxies.exactOptional(),
      isProxyProtocolExpected: isProxyProtocolExpected.exactOptional(),
      hasProbes: hasProbes.exactOptional(),
    })
    .exactOptional(),
})
