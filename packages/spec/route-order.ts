import { hashText } from './app/digest.ts'
import type { HttpMatch, HttpRoute, PathMatch, Route } from './route.ts'

/**
 * Puts the more specific route first, whoever has it and wherever it stands: a host before a wildcard, a path before a
 * pattern before a prefix, the longer prefix, more conditions. Two that differ in none of this, such as two values of one
 * header, are in the order of their text; two that compare as 0 match the same.
 */
export const compareRoutes = (a: Route, b: Route): number =>
  a.kind === 'http' && b.kind === 'http'
    ? compareHttp(a, b) || compareTexts(matchKey(a), matchKey(b))
    : compareTexts(matchKey(a), matchKey(b))

const compareHttp = ({ match: a }: HttpRoute, { match: b }: HttpRoute): number =>
  Number(a.host.startsWith('*')) - Number(b.host.startsWith('*')) ||
  compareTexts(a.host, b.host) ||
  pathRank(a.path) - pathRank(b.path) ||
  pathText(b.path).length - pathText(a.path).length ||
  compareTexts(pathText(a.path), pathText(b.path)) ||
  conditionsOf(b) - conditionsOf(a) ||
  methodRank(a) - methodRank(b)

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const pathRank = ({ kind }: PathMatch): number => ['exact', 'regex', 'prefix'].indexOf(kind)

const pathText = (path: PathMatch): string => (path.kind === 'regex' ? path.pattern : path.path)

const conditionsOf = ({ headers, query }: HttpMatch): number => Object.keys(headers).length + Object.keys(query).length

/** Fewer methods are more specific; none is all of them. */
const methodRank = ({ methods }: HttpMatch): number => (methods.length === 0 ? Infinity : methods.length)

/** The same for two routes exactly when every request that one matches the other does too, as far as it can be told. */
export const matchKey = (route: Route): string => {
  switch (route.kind) {
    case 'tcp':
      return JSON.stringify(['tcp', route.listen])
    case 'tls':
      return JSON.stringify(['tls', route.listen, route.host])
    case 'http': {
      const { host, path, methods, headers, query } = route.match
      return JSON.stringify([
        'http',
        host,
        path.kind,
        pathText(path),
        methods,
        sortedEntries(headers),
        sortedEntries(query),
      ])
    }
  }
}

const sortedEntries = (record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(record).sort(([a], [b]) => compareTexts(a, b))

/** Ten hexadecimal digits, the same wherever and whenever the route is looked at, and of no other route. */
export const routeId = (route: Route): string => hashText(matchKey(route)).slice(0, 10)

/** As people name it: `shop.example.org/api`, `GET shop.example.org = /login (header x-beta: yes)`, `tcp port 5432`. */
export const describeRoute = (route: Route): string => {
  switch (route.kind) {
    case 'tcp':
      return `tcp port ${route.listen}`
    case 'tls':
      return `tls ${route.host} on port ${route.listen}`
    case 'http': {
      const { host, path, methods, headers, query } = route.match
      const where = { prefix: '', exact: ' = ', regex: ' ~ ' }[path.kind]
      const conditions = [
        ...sortedEntries(headers).map(([name, value]) => `header ${name}: ${value}`),
        ...sortedEntries(query).map(([name, value]) => `query ${name}=${value}`),
      ]
      const verbs = methods.length === 0 ? '' : `${methods.join('|')} `
      return `${verbs}${host}${where}${pathText(path)}${conditions.length === 0 ? '' : ` (${conditions.join(', ')})`}`
    }
  }
}
