import { findRouteConflicts } from '../route-conflicts.ts'
import { pathFits } from '../requests/conditions.ts'
import type { Route } from '../route.ts'

/** A route as we read it, and the variables that what it matches is made of. */
export interface CheckedRoute {
  readonly route: Route
  readonly variables: string
}

/** Whose a checked route is: `the router shop`. */
export interface Claim extends CheckedRoute {
  readonly owner: string
}

/** Who has a route already that cannot be beside this one. */
export const findClaim = <C extends CheckedRoute>(
  claims: readonly C[],
  { route, variables }: CheckedRoute,
): C | undefined =>
  claims.find(
    (claim) =>
      claim.variables === variables &&
      findRouteConflicts([{ app: '', environment: '', routes: [claim.route, route] }]).length > 0,
  )

/** Who has a route of the same host that would lose requests to this one, or take some of it: a pattern comes before prefixes. */
export const findShadow = <C extends CheckedRoute>(claims: readonly C[], { route }: CheckedRoute): C | undefined =>
  claims.find((claim) => isShadow(claim.route, route) || isShadow(route, claim.route))

const isShadow = (pattern: Route, other: Route): boolean => {
  if (pattern.kind !== 'http' || other.kind !== 'http' || pattern.match.host !== other.match.host) return false
  const { path } = other.match
  if (pattern.match.path.kind !== 'regex' || path.kind !== 'prefix' || path.path === '/') return false
  return [path.path, `${path.path}/x`].some((below) => pathFits(pattern.match.path, below))
}
