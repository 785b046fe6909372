import type { Route } from './route.ts'

/** The port of TLS, which routes by name share with requests. */
const httpsPort = 443

/** The port of every node that a route needs besides those of requests; undefined: none. */
export const streamPortOf = (route: Route): number | undefined =>
  route.kind === 'http' || (route.kind === 'tls' && route.listen === httpsPort) ? undefined : route.listen
