import type { TaskEndpoint } from '@atoll/engine'
import { describeRoute, examineRoutes, parseRequest, routeId } from '@atoll/spec'
import type { Route, RouteRequest } from '@atoll/spec'
import { mayDo, type Caller } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { createRouteFinder } from '../routes/find-routes.ts'
import type { RoutedApp } from '../routes/find-routes.ts'
import { findTroubles, listIngresses } from '../routes/list-troubles.ts'
import type { Handlers, Request } from './handler.ts'
import { byName, toLongPage } from './page.ts'

export const routingHandlers: Handlers<'listRoutes' | 'testRoute'> = {
  listRoutes: async (control, { query, caller, signal }) => {
    const found = await createRouteFinder(control.recentDocuments)(signal)
    const apps = [...found.values()].filter((each) => maySee(caller, each))
    const byService = await countEndpoints(control, apps, signal)
    const ingresses = await listIngresses(control, signal)
    const troublesOf = ({ owner: { app, environment }, route }: OwnedRoute) => {
      const troubles = findTroubles(ingresses, { app, environment, route })
      return troubles.length > 0 ? { troubles } : {}
    }
    const owned = apps.flatMap((owner) => owner.routes.map((route) => ({ owner, route })))
    const listed = owned.map((each) => ({
      key: sortKey(each),
      ...describe(each, byService),
      ...troublesOf(each),
    }))
    const page = toLongPage(
      listed.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      query,
      byName(({ key }) => key),
    )
    return { ...page, items: page.items.map(({ key: _key, ...item }) => item) }
  },

  testRoute: async (control, { query, caller, signal }) => {
    const request = requestOf(query)
    const found = await createRouteFinder(control.recentDocuments)(signal)
    const apps = [...found.values()].filter((each) => isMeant(each, query))
    const owners = new Map(apps.flatMap((owner) => owner.routes.map((route) => [route, { owner, route }] as const)))
    const { answer, others } = examineRoutes([...owners.keys()], request)

    const seen = (route: Route): readonly OwnedRoute[] =>
      [owners.get(route)].filter((owned) => owned !== undefined).filter(({ owner }) => maySee(caller, owner))
    const here = others.filter(({ why }) => why.kind !== 'elsewhere')
    const byService = await countEndpoints(control, apps, signal)
    const [answering] = answer.kind === 'route' ? seen(answer.route) : []
    return {
      kind: answer.kind === 'route' && answering === undefined ? 'hidden' : answer.kind,
      ...(answer.kind === 'refused' ? { why: answer.why } : {}),
      ...(answering === undefined ? {} : { route: describe(answering, byService) }),
      others: here.flatMap(({ route, why }) =>
        seen(route).map((owned) => ({ ...describe(owned, byService), why: why.text })),
      ),
      elsewhere: others.length - here.length,
    }
  },
}

/** By app, then by what people look for; the id makes each its own. */
const sortKey = ({ owner: { app, environment }, route }: OwnedRoute): string => {
  const host = route.kind === 'http' ? route.match.host : route.kind === 'tls' ? route.host : ''
  return [app, environment, host, describeRoute(route), routeId(route)].join(' ')
}

const maySee = (caller: Caller, { app }: RoutedApp): boolean => mayDo(caller, { role: 'viewer', app })

type Query = Request<'testRoute'>['query']

const isMeant = ({ app, environment }: RoutedApp, wanted: Query): boolean =>
  (wanted.app === undefined || wanted.app === app) &&
  (wanted.environment === undefined || wanted.environment === environment)

const requestOf = ({ url, method, headers }: Query): RouteRequest => {
  const parsed = parseRequest(url, {
    ...(method === undefined ? {} : { method }),
    headers: headers?.split('\n').filter((line) => line.trim() !== '') ?? [],
  })
  if (parsed.kind === 'ok') return parsed.value
  throw new ControlError('not-a-request', `test a request: ${parsed.message}`, { status: 422 })
}

interface OwnedRoute {
  readonly owner: RoutedApp
  readonly route: Route
}

type Endpoints = ReadonlyMap<string, readonly TaskEndpoint[]>

const countEndpoints = async (
  control: Control,
  apps: readonly RoutedApp[],
  signal: AbortSignal,
): Promise<Endpoints> => {
  const services = apps.flatMap((each) => Object.values(each.services))
  return Map.groupBy((await control.routing?.listEndpoints(services, signal)) ?? [], ({ service }) => service)
}

const describe = ({ owner, route }: OwnedRoute, byService: Endpoints) => {
  const { app, environment, services, replicas } = owner
  const { service, targets } = route
  const counts = targets.map((target) => replicas[target.service])
  const isKnown = counts.every((count) => count !== undefined)
  const ready = targets.map((target) => byService.get(services[target.service] ?? '')?.length ?? 0)
  return {
    app,
    environment,
    service,
    route: describeRoute(route),
    ready: sum(ready),
    ...(isKnown ? { wanted: sum(counts) } : {}),
  }
}

const sum = (counts: readonly (number | undefined)[]): number => counts.reduce<number>((all, one = 0) => all + one, 0)
