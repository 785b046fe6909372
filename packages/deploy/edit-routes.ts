import { compareRoutes, describeRoute, findRouteConflicts, routeId } from '@atoll/spec'
import type { App, Route } from '@atoll/spec'
import { isSameJson } from './ledger/ledger.ts'

/** `there`: the app has it already, just so. `taken`: what it has cannot be beside it. */
export type Added =
  | { readonly kind: 'added'; readonly app: App }
  | { readonly kind: 'there' }
  | { readonly kind: 'taken'; readonly message: string }

/** The app with one route more, where the files would have it. */
export const withRoute = (app: App, route: Route): Added => {
  const { routes = [], name, environment } = app
  const found = routes.find((each) => routeId(each) === routeId(route))
  if (found !== undefined) {
    if (isSameJson(found, route)) return { kind: 'there' }
    return {
      kind: 'taken',
      message: `${describeRoute(route)} is a route of ${found.service} already, with other settings`,
    }
  }
  const next = [...routes, route].sort(compareRoutes)
  const [conflict] = findRouteConflicts([{ app: name, environment, routes: next }])
  if (conflict !== undefined) return { kind: 'taken', message: conflict.message }
  return { kind: 'added', app: { ...app, routes: next } }
}

/** The app without this route, which it has. */
export const withoutRoute = ({ routes = [], ...app }: App, route: Route): App => {
  const rest = routes.filter((each) => routeId(each) !== routeId(route))
  return rest.length === 0 ? app : { ...app, routes: rest }
}
