import { AUTHORITY_HINT, findAuthorityConflicts } from '../../authority-conflicts.ts'
import { findRouteConflicts, type RouteConflict } from '../../route-conflicts.ts'
import { compareRoutes, describeRoute } from '../../route-order.ts'
import type { Route } from '../../route.ts'
import { entriesOf, refuse, type Source } from '../source.ts'
import type { CertificateReader } from './client-certificates.ts'
import { routesOf, type PlacedRoute } from './routes.ts'
import type { RoutedServices } from './targets.ts'

/** Routes of all services, the most specific first; two that match the same are reported at the second. */
export const appRoutesOf = (services: Source, routed: RoutedServices & CertificateReader): readonly Route[] => {
  const placed = entriesOf(services).flatMap(([name, service]) => routesOf(service, name, routed))
  reportConflicts(placed)
  return placed.map(({ route }) => route).sort(compareRoutes)
}

const reportConflicts = (placed: readonly PlacedRoute[]): void => {
  const all = [{ app: '', environment: '', routes: placed.map(({ route }) => route) }]
  for (const { second, line, place } of locate(placed, findRouteConflicts(all))) {
    refuse(place, `${describeRoute(second.route)} is a route already, at line ${line}`, 'remove one of the two')
  }
  for (const { first, second, line, place } of locate(placed, findAuthorityConflicts(all))) {
    const [name, other] = [second, first].map(({ route }) => describeRoute(route))
    refuse(place, `${name} asks for certificates of another authority than ${other}, at line ${line}`, AUTHORITY_HINT)
  }
}

/** Conflicts with the place of the second and the line of the first. */
const locate = (placed: readonly PlacedRoute[], conflicts: readonly RouteConflict[]) =>
  conflicts.flatMap((conflict) => {
    const other = placed.find(({ route }) => route === conflict.first.route)?.source
    const place = placed.find(({ route }) => route === conflict.second.route)?.source
    if (place === undefined || other === undefined) return []
    return [{ ...conflict, place, line: other.trail.project.locate(other.key).line }]
  })
