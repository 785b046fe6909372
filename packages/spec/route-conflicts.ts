import { describeRoute, matchKey } from './route-order.ts'
import type { Route } from './route.ts'

/** The routes of one environment, as its App has them. */
export interface RoutesOfEnvironment {
  readonly app: string
  readonly environment: string
  readonly routes: readonly Route[]
}

/** Whose a route is. */
export interface RouteOwner {
  readonly app: string
  readonly environment: string
  readonly service: string
}

/** Two routes that cannot both be. */
export interface RouteConflict {
  readonly first: RouteOwner & { readonly route: Route }
  readonly second: RouteOwner & { readonly route: Route }
  /** `shop.example.org/ is a route of web in shop/production and of web in shop/staging`. */
  readonly message: string
}

type Owned = RouteConflict['first']

/**
 * Routes that match exactly the same, over all environments; of TLS that is passed on also the HTTP routes of its host, and
 * of a port as it is everything else there. Of more than two each is told with the first; the order of the environments
 * means nothing.
 */
export const findRouteConflicts = (environments: readonly RoutesOfEnvironment[]): readonly RouteConflict[] => {
  const owned = environments
    .flatMap(({ app, environment, routes }) =>
      routes.map((route): Owned => ({ app, environment, service: route.service, route })),
    )
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const taken = new Map<string, Owned>()
  const conflicts: RouteConflict[] = []
  for (const second of owned) {
    const first = claimsOf(second.route).flatMap((claim) => taken.get(claim) ?? [])[0]
    if (first !== undefined) conflicts.push({ first, second, message: render(first, second) })
    for (const mark of marksOf(second.route)) if (!taken.has(mark)) taken.set(mark, second)
  }
  return conflicts
}

/** Ports as they are come first, then TLS, then HTTP: so that marks are there before who must heed them. */
const sortKey = ({ app, environment, service, route }: Owned): string =>
  JSON.stringify([['tcp', 'tls', 'http'].indexOf(route.kind), matchKey(route), app, environment, service])

/** What a route takes for itself. */
const marksOf = (route: Route): readonly string[] => {
  if (route.kind === 'tcp') return [matchKey(route), `port ${route.listen}`]
  return route.kind === 'tls' && route.listen === HTTPS ? [matchKey(route), `host ${route.host}`] : [matchKey(route)]
}

/** What nobody else may have taken. */
const claimsOf = (route: Route): readonly string[] => {
  if (route.kind === 'tcp') return [matchKey(route)]
  if (route.kind === 'tls') return [matchKey(route), `port ${route.listen}`]
  return [matchKey(route), `host ${route.match.host}`]
}

const HTTPS = 443

const render = (first: Owned, second: Owned): string => {
  const [one, other] = [first, second].map(({ app, environment, service }) => `${service} in ${app}/${environment}`)
  const [a, b] = [describeRoute(first.route), describeRoute(second.route)]
  return a === b ? `${a} is a route of ${one} and of ${other}` : `${a} of ${one} takes what ${b} of ${other} needs`
}
