import type { HttpRoute } from '@atoll/spec'
import { isPlain, placesOf, type Place } from '../choices.ts'
import { probeBackend, probeList } from './probe.ts'
import { quote } from './quote.ts'

/** Names of the files the look-ups read. */
export const [exactMap, prefixMap] = ['maps/exact.map', 'maps/prefix.map']

/** No name of a backend begins with it. */
export const listMark = '?'
/** Of lists that also compare the path with patterns. */
export const patternMark = '?~'

/** How the frontend finds a route. */
export interface Lookup {
  readonly files: Readonly<Record<string, string>>
  /** `use_backend` lines, in order. */
  readonly choices: readonly string[]
  readonly hasExact: boolean
  readonly hasWildcards: boolean
}

/** `nameOf`: the backend of a route. */
export const lookupOf = (
  routes: readonly HttpRoute[],
  nameOf: (route: HttpRoute) => string,
  isProbed: (route: HttpRoute) => boolean,
): Lookup => {
  const places = placesOf(routes)
  const lists = listsOf(places, nameOf)
  const entries = (kind: Place['kind']): string =>
    places
      .filter((place) => place.kind === kind)
      .map((place) => `${keyOf(place)} ${valueOf(place, lists, nameOf)}\n`)
      .join('')
  return {
    files: { [exactMap]: entries('exact'), [prefixMap]: entries('prefix') },
    choices: [
      ...[...lists.values()].flatMap(({ id, routes }) => routes.map((route) => renderChoice(id, route, nameOf))),
      ...[...lists.values()].flatMap(({ id, routes }) =>
        routes
          .filter(isProbed)
          .map((route) => renderChoice(probeList(id), route, (each) => probeBackend(nameOf(each)))),
      ),
    ],
    hasExact: places.some(({ kind }) => kind === 'exact'),
    hasWildcards: places.some(({ host }) => host.startsWith('*')),
  }
}

/** A list of routes with conditions; places that have the same share it. */
interface List {
  /** Begins with one of the marks. */
  readonly id: string
  readonly routes: readonly HttpRoute[]
}

const listsOf = (places: readonly Place[], nameOf: (route: HttpRoute) => string): ReadonlyMap<string, List> => {
  const lists = new Map<string, List>()
  for (const { routes } of places) {
    const key = routes.map(nameOf).join(' ')
    const isCertain = routes.length === 1 && routes.every(isPlain)
    const mark = routes.some(({ match }) => match.path.kind === 'regex') ? patternMark : listMark
    if (!isCertain && !lists.has(key)) lists.set(key, { id: `${mark}${lists.size + 1}`, routes })
  }
  return lists
}

/** A prefix ends with a slash, and so does what is looked up: `/apis` does not begin with `/api/`. */
const keyOf = ({ kind, host, path }: Place): string => `${host}${path}${kind === 'prefix' && path !== '/' ? '/' : ''}`

const valueOf = ({ routes }: Place, lists: ReadonlyMap<string, List>, nameOf: (route: HttpRoute) => string): string => {
  const key = routes.map(nameOf).join(' ')
  return lists.get(key)?.id ?? key
}

const renderChoice = (id: string, route: HttpRoute, nameOf: (route: HttpRoute) => string): string => {
  const { path, methods, headers, query } = route.match
  const conditions = [
    `{ var(txn.list) -m str ${id} }`,
    ...(methods.length > 0 ? [`{ method ${methods.join(' ')} }`] : []),
    ...Object.entries(headers).map(([name, value]) => renderCondition(`req.fhdr(${name})`, value)),
    ...Object.entries(query).map(([name, value]) => renderCondition(`url_param(${name}),url_dec(1)`, value)),
    ...(path.kind === 'regex' ? [`{ var(txn.path) -m reg -- ${quote(`^(?:${path.pattern})$`)} }`] : []),
  ]
  return `  use_backend ${nameOf(route)} if ${conditions.join(' ')}`
}

const renderCondition = (what: string, value: string): string =>
  value === '*' ? `{ ${what} -m found }` : `{ ${what} -m str -- ${quote(value)} }`
