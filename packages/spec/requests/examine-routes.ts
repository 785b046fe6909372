import { compareRoutes, describeRoute } from '../route-order.ts'
import type { HttpRoute, Route } from '../route.ts'
import { findUnmet, listHeaders, pathFits } from './conditions.ts'
import { plainPathOf, type PlainPath } from './plain-path.ts'
import type { RouteRequest } from './request.ts'

/** Who answers a request, and why the others do not. */
export interface Examination<R extends Route = Route> {
  readonly answer: RouteAnswer<R>
  /** All but the one that answers, the most specific first. */
  readonly others: readonly { readonly route: R; readonly why: Mismatch }[]
}

export type RouteAnswer<R extends Route = Route> =
  | { readonly kind: 'route'; readonly route: R }
  /** The ingress refuses the request itself, with 400. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'none' }

/** `elsewhere`: it is for another host or port, whatever else is asked. */
export type Mismatch =
  | { readonly kind: 'elsewhere'; readonly text: string }
  | { readonly kind: 'unmet'; readonly text: string }
  | { readonly kind: 'less-specific'; readonly text: string }

/** Where the ingress takes HTTP. */
export interface IngressPorts {
  readonly http: number
  readonly https: number
}

/**
 * Which of these routes the ingress takes for a request, the same as HAProxy does with what `@atoll/ingress` renders. The
 * order of the routes means nothing.
 */
export const examineRoutes = <R extends Route>(
  routes: readonly R[],
  request: RouteRequest,
  ports: IngressPorts = { http: 80, https: 443 },
): Examination<R> => {
  const sorted = routes.toSorted(compareRoutes)
  const stream = findStream(sorted, request)
  const isHttp = stream === undefined && request.port === (request.isTls ? ports.https : ports.http)
  const answer: RouteAnswer<R> =
    stream !== undefined ? { kind: 'route', route: stream } : isHttp ? answerHttp(sorted, request) : { kind: 'none' }
  const chosen = answer.kind === 'route' ? answer.route : undefined
  const others = sorted
    .filter((route) => route !== chosen)
    .map((route) => ({ route, why: findMismatch(route, request, { chosen, isHttp }) }))
  return { answer, others }
}

/** `Shop.example.org.:443` -> `shop.example.org`. */
const hostOf = ({ authority }: RouteRequest): string => authority.replace(/:\d*$/, '').toLowerCase().replace(/\.+$/, '')

const wildcardOf = (host: string): string => host.replace(/^[^.]*/, '*')

/** Of a port as it is, or by name in TLS. */
const findStream = <R extends Route>(sorted: readonly R[], request: RouteRequest): R | undefined => {
  const here = sorted.filter((route) => route.kind !== 'http' && route.listen === request.port)
  const host = hostOf(request)
  return (
    here.find(({ kind }) => kind === 'tcp') ??
    [host, wildcardOf(host)]
      .map((name) => here.find((route) => request.isTls && route.kind === 'tls' && route.host === name))
      .find((route) => route !== undefined)
  )
}

const answerHttp = <R extends Route>(sorted: readonly R[], request: RouteRequest): RouteAnswer<R> => {
  const plain = plainPathOf(request.path)
  if (plain === undefined)
    return { kind: 'refused', why: 'the path is none: an encoding that is wrong, or that hides one' }
  const host = hostOf(request)
  const candidates = listCandidates(sorted, host, plain.path)
  if (isAmbiguous(sorted, candidates, { host, plain })) {
    return { kind: 'refused', why: 'the path has %2F or %5C, and another route would answer were it a slash' }
  }
  const asked = { ...request, path: plain.path, headers: listHeaders(request) }
  const route = candidates.find(({ match }) => findUnmet(match, asked) === undefined)
  return route === undefined ? { kind: 'none' } : { kind: 'route', route }
}

const isHttpRoute = <R extends Route>(route: R): route is R & HttpRoute => route.kind === 'http'

/**
 * Routes that may be meant at a host and path, the most specific first, up to the first without a further condition. Those
 * of the wildcard come after those of the host.
 */
const listCandidates = <R extends Route>(
  sorted: readonly R[],
  host: string,
  path: string,
): readonly (R & HttpRoute)[] => {
  const http = sorted.filter(isHttpRoute)
  const here = [host, wildcardOf(host)].flatMap((name) => http.filter(({ match }) => match.host === name))
  const all = here.filter(({ match }) => match.path.kind === 'regex' || pathFits(match.path, path))
  const certain = all.findIndex(isPlain)
  return certain < 0 ? all : all.slice(0, certain + 1)
}

/** No condition but host and path. */
const isPlain = ({ match: { path, methods, headers, query } }: HttpRoute): boolean =>
  path.kind !== 'regex' && methods.length + Object.keys(headers).length + Object.keys(query).length === 0

/** Whether a slash that is written as %2F would matter if an app took it for one. A pattern sees one of the two only. */
const isAmbiguous = (
  sorted: readonly Route[],
  candidates: readonly HttpRoute[],
  { host, plain: { decoded } }: { readonly host: string; readonly plain: PlainPath },
): boolean => {
  if (decoded === undefined) return false
  const others = listCandidates(sorted, host, decoded)
  const isSame = others.length === candidates.length && others.every((route, index) => route === candidates[index])
  return !isSame || candidates.length === 0 || candidates.some(({ match }) => match.path.kind === 'regex')
}

interface Seen {
  readonly chosen: Route | undefined
  readonly isHttp: boolean
}

const findMismatch = (route: Route, request: RouteRequest, { chosen, isHttp }: Seen): Mismatch => {
  if (route.kind !== 'http') return streamMismatch(route, request, chosen)
  const host = hostOf(request)
  const isHost = route.match.host === host || route.match.host === wildcardOf(host)
  if (!isHost) return { kind: 'elsewhere', text: `the host is ${host}` }
  if (chosen !== undefined && chosen.kind !== 'http') {
    return { kind: 'unmet', text: `port ${request.port} is passed on as it is by ${describeRoute(chosen)}` }
  }
  if (!isHttp) return { kind: 'elsewhere', text: `the ingress takes no HTTP on port ${request.port}` }
  const path = plainPathOf(request.path)?.path
  if (path === undefined) return { kind: 'unmet', text: 'the request is refused before any route' }
  if (!pathFits(route.match.path, path)) return { kind: 'unmet', text: `the path is ${path}` }
  const unmet = findUnmet(route.match, { ...request, path, headers: listHeaders(request) })
  if (unmet !== undefined) return { kind: 'unmet', text: unmet }
  if (chosen === undefined) return { kind: 'unmet', text: 'the request is refused before any route' }
  return { kind: 'less-specific', text: `fits, and ${describeRoute(chosen)} is more specific` }
}

const streamMismatch = (
  route: Exclude<Route, HttpRoute>,
  request: RouteRequest,
  chosen: Route | undefined,
): Mismatch => {
  if (route.listen !== request.port) return { kind: 'elsewhere', text: `the port is ${request.port}` }
  if (!request.isTls) return { kind: 'unmet', text: 'the request is without TLS' }
  const isHost = chosen?.kind === 'tls' && nameFits(route, hostOf(request))
  if (isHost) return { kind: 'less-specific', text: `fits, and ${describeRoute(chosen)} is more specific` }
  return { kind: 'elsewhere', text: `the host is ${hostOf(request)}` }
}

const nameFits = (route: Route, host: string): boolean =>
  route.kind === 'tls' && [host, wildcardOf(host)].includes(route.host)
