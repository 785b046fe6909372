import type { TaskEndpoint } from '@atoll/engine'
import { describeRoute, routeId } from '@atoll/spec'
import type { Route } from '@atoll/spec'
import { mayDo } from '../auth/authenticate.ts'
import { createRouteFinder } from '../routes/find-routes.ts'
import type { RoutedApp } from '../routes/find-routes.ts'
import { findTroubles, listIngresses } from '../routes/list-troubles.ts'
import type { IngressOfNode } from '../routes/list-troubles.ts'
import type { Handlers } from './handler.ts'
import { byName, toLongPage } from './page.ts'

export const routingHandlers: Handlers<'listRoutes'> = {
  listRoutes: async (control, { query, caller, signal }) => {
    const found = await createRouteFinder(control.recentDocuments)(signal)
    const apps = [...found.values()].filter(({ app }) => mayDo(caller, { role: 'viewer', app }))
    const services = apps.flatMap((each) => Object.values(each.services))
    const endpoints = (await control.routing?.listEndpoints(services, signal)) ?? []
    const ingresses = await listIngresses(control, signal)
    const byService = Map.groupBy(endpoints, ({ service }) => service)
    const listed = apps.flatMap((app) => app.routes.map((route) => describe(app, route, { byService, ingresses })))
    const page = toLongPage(
      listed.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      query,
      byName(({ key }) => key),
    )
    return { ...page, items: page.items.map(({ key: _key, ...item }) => item) }
  },
}

interface Seen {
  readonly byService: ReadonlyMap<string, readonly TaskEndpoint[]>
  readonly ingresses: readonly IngressOfNode[]
}

const describe = (
  { app, environment, services, replicas }: RoutedApp,
  route: Route,
  { byService, ingresses }: Seen,
) => {
  const { service, targets } = route
  const counts = targets.map((target) => replicas[target.service])
  const isKnown = counts.every((count) => count !== undefined)
  const ready = targets.map((target) => byService.get(services[target.service] ?? '')?.length ?? 0)
  const troubles = findTroubles(ingresses, { app, environment, route })
  return {
    key: `${app}.${environment}.${routeId(route)}`,
    app,
    environment,
    service,
    route: describeRoute(route),
    ready: sum(ready),
    ...(troubles.length > 0 && { troubles }),
    ...(isKnown ? { wanted: sum(counts) } : {}),
  }
}

const sum = (counts: readonly (number | undefined)[]): number => counts.reduce<number>((all, one = 0) => all + one, 0)
