import { findRouteConflicts } from '../../route-conflicts.ts'
import { compareRoutes, describeRoute } from '../../route-order.ts'
import type { Route } from '../../route.ts'
import { entriesOf, refuse, type Source } from '../source.ts'
import { routesOf, type PlacedRoute } from './routes.ts'
import type { RoutedServices } from './targets.ts'

/** Routes of all services, the most specific first; two that match the same are reported at the second. */
export const appRoutesOf = (services: Source, routed: RoutedServices): readonly Route[] => {
  const placed = entriesOf(services).flatMap(([name, service]) => routesOf(service, name, routed))
  reportConflicts(placed)
  return placed.map(({ route }) => route).sort(compareRoutes)
}

const reportConflicts = (placed: readonly PlacedRoute[]): void => {
  const routes = placed.map(({ route }) => route)
  for (const { first, second } of findRouteConflicts([{ app: '', environment: '', routes }])) {
    const [other, place] = [placed.find(({ route }) => route === first.route), sourceOf(placed, second.route)]
    if (place === undefined || other === undefined) continue
    const { line } = other.source.trail.project.locate(other.source.key)
    refuse(place, `${describeRoute(second.route)} is a route already, at line ${line}`, 'remove one of the two')
  }
}

const sourceOf = (placed: readonly PlacedRoute[], route: Route): Source | undefined =>
  placed.find((each) => each.route === route)?.source
