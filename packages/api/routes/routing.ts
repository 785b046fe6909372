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

/** A request that nobody sends: which route would answer it is all that is asked. */
const requestQuery = z.object({
  url: z
    .string()
    .max(4_000)
    .meta({ description: 'its address', examples: ['https://shop.example.org/api'] }),
  method: z.string().max(20).meta({ description: 'GET when not said' }).exactOptional(),
  headers: z
    .string()
    .max(4_000)
    .meta({ description: 'its headers, each on a line', examples: ['X-Beta: yes'] })
    .exactOptional(),
  app: appName.meta({ description: 'as if only this app had routes' }).exactOptional(),
  environment: environmentName.meta({ description: 'of `app`' }).exactOptional(),
})

/** `hidden`: a route of an app one may not see. */
const routeAnswer = z.object({
  kind: z.enum(['route', 'hidden', 'refused', 'none']),
  /** Of `refused`: why the ingress answers 400. */
  why: z.string().exactOptional(),
  route: listedRoute.exactOptional(),
  /** Routes of the same host and port that do not answer. */
  others: z.array(listedRoute.extend({ why: z.string() })),
  /** How many routes are for other hosts or ports. */
  elsewhere: z.int(),
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
  testRoute: {
    method: 'GET',
    path: '/v1/routes/test',
    summary:
      'Which route answers a request, and why others of its host do not; apps one may not see are counted, not shown',
    role: 'viewer',
    scope: 'self',
    query: requestQuery,
    reply: routeAnswer,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
