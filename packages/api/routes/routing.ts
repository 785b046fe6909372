import { z } from 'zod'
import type { Route } from '../route.ts'
import { appName, environmentName, pageOf, pageQuery, serviceName } from '../schemas/names.ts'

/** A way from outside to services of an app, and who answers there. */
const listedRoute = z.object({
  app: appName,
  environment: environmentName,
  service: serviceName,
  /** As people write it: `shop.example.org/api`. */
  route: z.string().max(2_000),
  /** Tasks that answer now. */
  ready: z.int(),
  /** Tasks there are to be; absent where that depends on the number of nodes. */
  wanted: z.int().exactOptional(),
  /** Why it is not served as the release says it, and on which nodes; absent when it is. */
  troubles: z.array(z.object({ nodes: z.array(z.string()), message: z.string() })).exactOptional(),
})

/** Looking at the routes of apps. */
export const routingRoutes = {
  listRoutes: {
    method: 'GET',
    path: '/v1/routes',
    summary: 'Routes of the apps one may see, as the ingress of every node has them, with how many tasks answer each',
    role: 'viewer',
    scope: 'self',
    query: pageQuery,
    reply: pageOf(listedRoute),
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
