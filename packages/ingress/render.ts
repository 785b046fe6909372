import { compareRoutes, describeRoute, routeId, type Route } from '@atoll/spec'
import { askedNamesOf, type AskedNames } from './render/asked-names.ts'
import { renderHttpBackend, renderStreamBackend, type Section } from './render/backend.ts'
import { certificateFiles, trustedBy, type IsTrusted } from './render/certificates.ts'
import {
  askingFiles,
  findAsked,
  renderAsked,
  renderAsking,
  renderAskingGlobal,
  shareConnections,
} from './render/forward-auth.ts'
import { frontendFiles, renderFrontend } from './render/frontend.ts'
import { renderUserList } from './render/guards.ts'
import { lookupOf } from './render/lookup.ts'
import { renderSlot, slotsOf } from './render/slots.ts'
import { isShared, renderStreams } from './render/stream.ts'
import type { Backend, Configuration, IngressSettings, RoutedEnvironment, RouteTable } from './table.ts'

/** A route with everything that is said of it to HAProxy. */
interface Rendered extends Pick<Section, 'files'> {
  readonly route: Route
  readonly userList: readonly string[]
  /** Where it leads, and who is asked about its requests. */
  readonly places: readonly [Place, ...(readonly Place[])]
}

/** A backend, and what is said of it but for its servers. */
interface Place {
  readonly backend: Backend
  readonly lines: readonly string[]
}

/**
 * The configuration of HAProxy 2.6 for a table of routes: pure, and the same whatever the order of the table. Of two routes
 * that match the same (`findRouteConflicts`) the first by its owner's name is taken.
 */
export const render = (table: RouteTable, settings: IngressSettings): Configuration => {
  const owned = listRoutes(table)
  const routes = owned.map(({ route }) => route)
  const http = routes.filter((route) => route.kind === 'http')
  const streams = routes.filter((route) => route.kind !== 'http')
  const hasQuestions = http.some(({ forwardAuth }) => forwardAuth !== undefined)
  const asked = askedNamesOf(http, table, settings)
  const around = { settings, asked, isTrusted: trustedBy(table.certificates) }
  const rendered = owned.map((each) => renderRoute(each, around))
  const names = new Map(rendered.map(({ route, places }) => [route, places[0].backend.name]))
  const all = rendered.flatMap(({ route, places }) => places.map((place) => ({ ...place, kind: route.kind })))
  const nameOf = (route: Route): string => names.get(route) ?? 'no-route'

  const lookup = lookupOf(http, nameOf)
  const stream = renderStreams(streams, settings, nameOf)
  const head = [
    ...renderGlobal(settings, { asked, hasQuestions }),
    ...rendered.flatMap(({ userList }) => userList),
    ...renderFrontend(settings, {
      ...pickThumbprint(table),
      lookup,
      bindWords: asked.bindWords,
      isShared: isShared(streams, settings),
    }),
    ...stream.lines,
    ...renderAsking(settings, hasQuestions),
    ...noRoute,
  ]
  const files = Object.assign(
    {},
    frontendFiles(settings),
    certificateFiles(table.certificates, settings),
    asked.files,
    lookup.files,
    stream.files,
    ...rendered.map((each) => each.files),
  ) as Readonly<Record<string, string>>
  return {
    text: joinLines([
      ...head,
      ...all.flatMap(({ lines, backend, kind }) => [...lines, ...backend.slots.map((slot) => renderSlot(slot, kind))]),
    ]),
    files,
    backends: all.map(({ backend }) => backend),
    frame: joinLines([
      ...head,
      ...all.flatMap(({ lines, backend }) => [...lines, ...backend.slots.map(({ name }) => name)]),
      JSON.stringify(files),
    ]),
  }
}

const pickThumbprint = ({ acmeThumbprint }: RouteTable): Pick<RouteTable, 'acmeThumbprint'> =>
  acmeThumbprint === undefined ? {} : { acmeThumbprint }

const joinLines = (lines: readonly string[]): string => `${lines.join('\n')}\n`

interface OwnedRoute {
  readonly id: string
  readonly route: Route
  readonly owner: RoutedEnvironment
}

/** Each that is taken, the most specific first. */
const listRoutes = (table: RouteTable): readonly OwnedRoute[] => {
  const byId = new Map<string, OwnedRoute>()
  for (const owner of table.environments.toSorted(compareOwners)) {
    for (const route of owner.routes) {
      const id = routeId(route)
      if (!byId.has(id)) byId.set(id, { id, route, owner })
    }
  }
  return [...byId.values()].sort((a, b) => compareRoutes(a.route, b.route))
}

const compareOwners = (a: RoutedEnvironment, b: RoutedEnvironment): number =>
  `${a.app}/${a.environment}` < `${b.app}/${b.environment}` ? -1 : 1

interface Around {
  readonly settings: IngressSettings
  readonly asked: AskedNames
  readonly isTrusted: IsTrusted
}

const renderRoute = ({ id, route, owner }: OwnedRoute, { settings, asked, isTrusted }: Around): Rendered => {
  const { app, environment } = owner
  const { service } = route
  const name = `${app}.${environment}.${service}.${id}`
  const own = { app, environment, service, route: describeRoute(route) }
  const question = route.kind === 'http' ? findAsked(route, id, owner) : undefined
  const section =
    route.kind === 'http'
      ? renderHttpBackend(route, {
          id,
          name,
          settings,
          question,
          isTrusted: isTrusted(route),
          isAsked: asked.isAsked(route),
        })
      : renderStreamBackend(route, { id, name, settings })
  return {
    route,
    userList: route.kind === 'http' ? renderUserList(route, id) : [],
    files: { ...section.files, ...askingFiles(question) },
    places: [
      {
        backend: { ...own, kind: 'route', name, slots: slotsOf(route.targets, owner) },
        lines: [`# ${own.route} of ${service} in ${app}/${environment}`, ...section.lines],
      },
      ...(question === undefined
        ? []
        : [
            {
              backend: { ...own, kind: 'forward-auth' as const, name: question.name, slots: question.slots },
              lines: renderAsked(question, settings),
            },
          ]),
    ],
  }
}

interface Needs {
  readonly asked: AskedNames
  readonly hasQuestions: boolean
}

const renderGlobal = (settings: IngressSettings, { asked, hasQuestions }: Needs): readonly string[] => [
  '# Made by Atoll of the routes of its apps; changes are overwritten.',
  'global',
  // The paths in here lead from the folder of this file.
  '  default-path config',
  // Two spellings of one path shall be one: normalize-uri works, and may still change its name.
  '  expose-experimental-directives',
  `  maxconn ${settings.maxConnections}`,
  `  stats socket ${settings.runFolder}/admin.sock mode 600 level admin expose-fd listeners`,
  '  hard-stop-after 1h',
  ...renderAskingGlobal(hasQuestions),
  '  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
  // A session that goes on is good for every name, and shows no certificate: with it nobody would be who asks.
  ...(asked.isEmpty ? [] : ['  tune.ssl.cachesize 0']),
  'defaults',
  '  mode http',
  `  maxconn ${shareConnections(settings, hasQuestions).clients}`,
  '  timeout connect 1s',
  '  timeout client 60s',
  '  timeout server 60s',
  '  timeout http-request 10s',
  '  timeout http-keep-alive 60s',
  '  timeout queue 5s',
  '  option http-keep-alive',
]

const noRoute = [
  'backend no-route',
  '  http-request return status 404 content-type text/plain string "no route for this host and path\\n"',
]
