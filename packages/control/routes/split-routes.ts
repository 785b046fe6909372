import { servicesOf, streamPortOf } from '@atoll/spec'
import type { Route } from '@atoll/spec'
import type { RoutedApp } from './find-routes.ts'

/** Those that the ingress takes at the ports of requests. */
export const isRequested = (route: Route): boolean => streamPortOf(route) === undefined

/** Those that the second ingress passes on, at the ports that are open. */
export const isStreamed = (route: Route, open: readonly number[]): boolean => {
  const port = streamPortOf(route)
  return port !== undefined && open.includes(port)
}

/** Apps with those routes alone, and with what answers these or is asked about them; without those that have none. */
export const takeRoutes = (apps: readonly RoutedApp[], isTaken: (route: Route) => boolean): readonly RoutedApp[] =>
  apps.flatMap((app) => {
    const routes = app.routes.filter(isTaken)
    const reached = new Set(routes.flatMap(servicesOf))
    if (routes.length === 0) return []
    return [{ ...app, routes, services: pick(app.services, reached), replicas: pick(app.replicas, reached) }]
  })

const pick = <T>(values: Readonly<Record<string, T>>, names: ReadonlySet<string>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
