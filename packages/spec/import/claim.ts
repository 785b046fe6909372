import { findRouteConflicts } from '../route-conflicts.ts'
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
