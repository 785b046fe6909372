import type { HttpRoute } from '@atoll/spec'

/** What is looked up for a request: the routes that may be meant at a host and path, the most specific first. */
export interface Place {
  /** `prefix`: of every path below, as far as no other place is nearer. */
  readonly kind: 'prefix' | 'exact'
  readonly host: string
  readonly path: string
  /** Each but the last has a condition beyond host and path; the last may have one. */
  readonly routes: readonly HttpRoute[]
}

/**
 * Places of all hosts, so that one look-up by host and one by path find everything that may be meant. `routes` are in the
 * order of `compareRoutes`. A place also has the routes of shorter paths and of the wildcard above its host when those of
 * its own all have conditions.
 */
export const placesOf = (routes: readonly HttpRoute[]): readonly Place[] => {
  const byHost = Map.groupBy(routes, ({ match }) => match.host)
  return [...byHost].flatMap(([host, own]) => {
    const all = isClosed(own) ? own : [...own, ...(byHost.get(wildcardOf(host)) ?? [])]
    return spotsOf(all).map(({ kind, path }) => ({
      kind,
      host,
      path,
      routes: untilCertain(all.filter((route) => mayMatch(route, { kind, path }))),
    }))
  })
}

type Spot = Pick<Place, 'kind' | 'path'>

/** No condition but host and path. */
export const isPlain = ({ match }: HttpRoute): boolean =>
  match.path.kind !== 'regex' &&
  match.methods.length === 0 &&
  Object.keys(match.headers).length === 0 &&
  Object.keys(match.query).length === 0

/** Every request of the host is answered by these. */
const isClosed = (routes: readonly HttpRoute[]): boolean =>
  routes.some((route) => isPlain(route) && route.match.path.kind === 'prefix' && route.match.path.path === '/')

/** `a.example.org` -> `*.example.org`; of a wildcard there is none above. */
export const wildcardOf = (host: string): string => (host.startsWith('*') ? '' : host.replace(/^[^.]*/, '*'))

const spotsOf = (routes: readonly HttpRoute[]): readonly Spot[] => {
  const spots = new Map<string, Spot>()
  for (const { match } of routes) {
    const { path } = match
    const spot: Spot = path.kind === 'regex' ? { kind: 'prefix', path: '/' } : { kind: path.kind, path: path.path }
    spots.set(`${spot.kind} ${spot.path}`, spot)
  }
  return [...spots.values()]
}

const mayMatch = ({ match: { path } }: HttpRoute, spot: Spot): boolean => {
  if (path.kind === 'regex') return true
  if (path.kind === 'exact') return spot.kind === 'exact' && path.path === spot.path
  return path.path === '/' || spot.path === path.path || spot.path.startsWith(`${path.path}/`)
}

const untilCertain = (routes: readonly HttpRoute[]): readonly HttpRoute[] => {
  const certain = routes.findIndex(isPlain)
  return certain < 0 ? routes : routes.slice(0, certain + 1)
}
