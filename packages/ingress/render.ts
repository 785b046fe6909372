import { createHash } from 'node:crypto'
import { compareRoutes, describeRoute, routeId, type HttpRoute, type Route } from '@atoll/spec'
import { renderAgentGlobal, shareConnections, toldOf, type Told } from './render/agents.ts'
import { askedNamesOf, type AskedNames } from './render/asked-names.ts'
import { renderHttpBackend, renderStreamBackend, type Section } from './render/backend.ts'
import { besideFiles, findBeside, placesOf, renderTelling, type Place } from './render/beside.ts'
import { certificateFiles, leaveOutCertificates, trustedBy, type IsTrusted } from './render/certificates.ts'
import { answerPrefix } from './render/forward-auth.ts'
import { frontendFiles, renderFrontend } from './render/frontend.ts'
import { renderUserList } from './render/guards.ts'
import { lookupOf } from './render/lookup.ts'
import { planProbe } from './probing/plan-probe.ts'
import { probeBackend, probedRoute } from './render/probe.ts'
import { renderReplyGlobal, replyFiles } from './render/reply.ts'
import { renderSlot, slotsOf } from './render/slots.ts'
import { isShared, renderStreams } from './render/stream.ts'
import type { Backend, Configuration, IngressSettings, RoutedEnvironment, RouteTable } from './table.ts'

/** A route with everything said of it in HAProxy's words, but for its servers. */
interface Rendered extends Section {
  readonly owned: OwnedRoute
  readonly backend: Backend
  readonly route: Route
  readonly userList: readonly string[]
  /** Who else is told of its requests. */
  readonly beside: readonly Place[]
  /** Of the requests that the ingress makes by itself; absent: it makes none. */
  readonly probed?: Place
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
  const told = toldOf(http)
  const asked = askedNamesOf(http, table, settings)
  const around = { settings, asked, told, isTrusted: trustedBy(table.certificates) }
  const rendered = renderRoutes(owned, around)
  const names = new Map(rendered.map(({ route, backend }) => [route, backend.name]))
  const nameOf = (route: Route): string => names.get(route) ?? 'no-route'

  const probedRoutes = new Set(rendered.filter(({ probed }) => probed !== undefined).map(({ route }) => route))
  const lookup = lookupOf(http, nameOf, (route) => probedRoutes.has(route))
  const stream = renderStreams(streams, settings, nameOf)
  const head = [
    ...renderGlobal(settings, { asked, told }),
    ...rendered.flatMap(({ userList }) => userList),
    ...(settings.hasStreamsOnly
      ? []
      : renderFrontend(settings, {
          ...pickThumbprint(table),
          lookup,
          hasQuestions: told.hasQuestions,
          bindWords: asked.bindWords,
          isShared: isShared(streams, settings),
        })),
    ...stream.lines,
    ...renderTelling(settings, told),
    ...(settings.hasStreamsOnly ? [] : noRoute),
  ]
  const files = Object.assign(
    {},
    frontendFiles(settings),
    certificateFiles(table.certificates, settings),
    asked.files,
    replyFiles(told.hasQuestions, answerPrefix),
    lookup.files,
    stream.files,
    ...rendered.map((each) => each.files),
  ) as Readonly<Record<string, string>>
  return {
    text: joinLines([...head, ...rendered.flatMap(renderPlaces)]),
    files,
    backends: rendered.flatMap(({ backend, beside }) => [backend, ...beside.map((place) => place.backend)]),
    probeBackends: rendered.flatMap(({ probed }) => probed?.backend ?? []),
    frame: hashOf([...head, ...rendered.flatMap(framePlaces), JSON.stringify(leaveOutCertificates(files))]),
  }
}

const renderPlaces = ({ lines, backend, route, beside, probed }: Rendered): readonly string[] => [
  ...[{ lines, backend }, ...beside].flatMap((place) => [
    ...place.lines,
    ...place.backend.slots.map((slot) => renderSlot(slot, route.kind)),
  ]),
  ...(probed?.lines ?? []),
  ...(probed?.backend.slots ?? []).map((slot) => renderSlot(slot, route.kind, backend.name)),
]

/** What only a reload can change. */
const framePlaces = ({ lines, backend, beside, probed }: Rendered): readonly string[] => [
  ...[{ lines, backend }, ...beside].flatMap((place) => [
    ...place.lines,
    ...place.backend.slots.map(({ name }) => name),
  ]),
  ...(probed?.lines ?? []),
]

const pickThumbprint = ({ acmeThumbprint }: RouteTable): Pick<RouteTable, 'acmeThumbprint'> =>
  acmeThumbprint === undefined ? {} : { acmeThumbprint }

const hashOf = (lines: readonly string[]): string => createHash('sha256').update(joinLines(lines)).digest('hex')

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
  readonly told: Told
  readonly isTrusted: IsTrusted
}

const renderRoute = ({ id, route, owner }: OwnedRoute, around: Around): Rendered => {
  const { settings } = around
  const { app, environment } = owner
  const { service } = route
  const name = `${app}.${environment}.${service}.${id}`
  const own = { app, environment, service, route: describeRoute(route) }
  const beside = findBeside(route, id, owner)
  const section =
    route.kind === 'http'
      ? renderHttpBackend(route, { ...wordsOf(route, id, around), name, beside })
      : renderStreamBackend(route, { id, name, settings })
  return {
    route,
    owned: { id, route, owner },
    backend: { ...own, kind: 'route', name, slots: slotsOf(route.targets, owner), probe: planProbe(route) },
    userList: route.kind === 'http' ? renderUserList(route, id) : [],
    files: { ...section.files, ...besideFiles(beside) },
    lines: [`# ${own.route} of ${service} in ${app}/${environment}`, ...section.lines],
    beside: placesOf(beside, own, settings),
  }
}

const wordsOf = (route: HttpRoute, id: string, { settings, asked, told, isTrusted }: Around) => ({
  id,
  settings,
  clients: shareConnections(settings, told).clients,
  isTrusted: isTrusted(route),
  isAsked: asked.isAsked(route),
})

/** Each costs a worker what a route does, so they have an end. */
const mostProbed = 50

/** The most specific have the first word: what another would answer is not asked of a route. */
const renderRoutes = (owned: readonly OwnedRoute[], around: Around): readonly Rendered[] => {
  const { probeToken, https } = around.settings
  const asked = new Set<string>()
  const isOff = probeToken === undefined || https === undefined
  let left = mostProbed
  return owned.map((one) => {
    const each = renderRoute(one, around)
    const { backend } = each
    const leaveOut = (why: string): Rendered => ({ ...each, backend: { ...backend, probe: { kind: 'none', why } } })
    if (backend.probe?.kind !== 'request') return each
    if (isOff) return leaveOut('is not to be')
    if (left === 0) return leaveOut(`is beyond the first ${mostProbed} of a node`)
    const request = JSON.stringify(backend.probe.request)
    if (asked.has(request)) return leaveOut('is asked nothing that a more specific one would not answer')
    asked.add(request)
    left -= 1
    return { ...each, ...pickProbed(renderProbed(each, around)) }
  })
}

const pickProbed = (probed: Place | undefined): Pick<Rendered, 'probed'> => (probed === undefined ? {} : { probed })

const renderProbed = ({ owned: { id, route }, backend }: Rendered, around: Around): Place | undefined => {
  if (route.kind !== 'http') return undefined
  const name = probeBackend(backend.name)
  const { lines } = renderHttpBackend(probedRoute(route), { ...wordsOf(route, id, around), name, probed: backend.name })
  return { lines, backend: { ...backend, name } }
}

/** Of TLS; each takes its memory from the begin, 240 bytes. HAProxy would keep twice as many. */
const keptSessions = 10_000

interface Needs {
  readonly asked: AskedNames
  readonly told: Told
}

const renderGlobal = (settings: IngressSettings, { asked, told }: Needs): readonly string[] => [
  '# Made by Atoll of the routes of its apps; changes are overwritten.',
  'global',
  // The paths in here lead from the folder of this file.
  '  default-path config',
  // Two spellings of one path shall be one: normalize-uri works, and may still change its name.
  '  expose-experimental-directives',
  `  maxconn ${settings.maxConnections}`,
  `  stats socket ${settings.runFolder}/admin.sock mode 600 level admin expose-fd listeners`,
  '  hard-stop-after 1h',
  ...renderAgentGlobal(told),
  ...renderReplyGlobal(told.hasQuestions),
  // Remembering what a text was compared with costs more than to compare it again, as short as paths are.
  '  tune.pattern.cache-size 0',
  '  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
  // A session that goes on is good for every name, and shows no certificate: with it nobody would be who asks.
  `  tune.ssl.cachesize ${asked.isEmpty ? keptSessions : 0}`,
  'defaults',
  '  mode http',
  `  maxconn ${shareConnections(settings, told).clients}`,
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
