import type { HttpMatch, PathMatch } from '../route.ts'
import type { RouteRequest } from './request.ts'

type Asked = Pick<RouteRequest, 'method' | 'query' | 'headers'>

/** `path` is plain. */
export const pathFits = (match: PathMatch, path: string): boolean => {
  switch (match.kind) {
    case 'exact':
      return path === match.path
    case 'prefix':
      return `${path}/`.startsWith(match.path === '/' ? '/' : `${match.path}/`)
    case 'regex':
      return new RegExp(`^(?:${match.pattern})$`).test(path)
  }
}

/** The first condition besides host and path that a request does not meet, in words; `headers` are those of `listHeaders`. */
export const findUnmet = (
  { path, methods, headers, query }: HttpMatch,
  asked: Asked & { readonly path: string },
): string | undefined => {
  if (path.kind === 'regex' && !pathFits(path, asked.path)) return `the path is ${asked.path}`
  if (methods.length > 0 && !methods.includes(asked.method)) return `the method is ${asked.method}`
  return (
    findUnmetValue('header', headers, (name) => valuesOf(asked.headers, name)) ??
    findUnmetValue('parameter', query, (name) => listParameters(asked.query, name))
  )
}

const valuesOf = (headers: RouteRequest['headers'], name: string): readonly string[] =>
  headers.flatMap(([each, value]) => (each === name ? [value] : []))

const findUnmetValue = (
  what: string,
  wanted: Readonly<Record<string, string>>,
  valuesOf: (name: string) => readonly string[],
): string | undefined => {
  for (const [name, value] of Object.entries(wanted)) {
    const values = valuesOf(name)
    if (values.length === 0) return `it has no ${what} ${name}`
    if (value !== '*' && !values.includes(value)) return `its ${what} ${name} is ${values.join(' and ')}`
  }
  return undefined
}

/** Values of a parameter as HAProxy reads a query: parted by `&`, `;` or `?`, and an empty one is none. */
const listParameters = (query: string, name: string): readonly string[] =>
  query
    .split(/[&;?]/)
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))
    .map((value) => decode(value.replaceAll('+', ' ')))

const decode = (text: string): string =>
  text.replaceAll(/%[0-9A-Fa-f]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))

/** What routes see of headers: what a client says of who it is stands for nothing, and the ingress says it anew. */
export const listHeaders = ({ headers, isTls, authority }: RouteRequest): RouteRequest['headers'] => [
  ...headers.filter(([name]) => !name.startsWith('x-forwarded-') && !told.has(name) && !certified.test(name)),
  ['host', authority],
  ['x-forwarded-for', unknownAddress],
  ['x-forwarded-host', authority],
  ['x-forwarded-proto', isTls ? 'https' : 'http'],
  ['x-real-ip', unknownAddress],
]

const told: ReadonlySet<string> = new Set(['forwarded', 'host', 'x-real-ip'])

/** What the ingress alone says of certificates of clients; programs that take `_` for `-` shall not be fooled. */
const certified = /^(?:client[-_]cert(?:[-_]chain)?|x[-_]client[-_]certificate[-_].*)$/

const unknownAddress = 'the address of the client'
