/** How the ingress reads the path of a request; docs/design/020 says why. */
export interface PlainPath {
  /** RFC 3986, 6.2.2, and without doubled slashes: what routes are compared with. */
  readonly path: string
  /** The same with `%2F` and `%5C` taken for slashes; absent when there are none. */
  readonly decoded?: string
}

const UNRESERVED = /^[A-Za-z0-9._~-]$/

/** Undefined: no path is meant by that, and it is refused. */
export const plainPathOf = (path: string): PlainPath | undefined => {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  const plain = withoutDots(path.replaceAll(/%[0-9A-Fa-f]{2}/g, decodeUnreserved)).replaceAll(/\/+/g, '/')
  if (plain.includes('%00')) return undefined
  if (!/%2F|%5C/.test(plain)) return { path: plain }
  const decoded = plain.replaceAll(/%[0-9A-F]{2}/g, decode).replaceAll(/[\\/]+/g, '/')
  return /\/\.\.?(?:\/|$)/.test(decoded) ? undefined : { path: plain, decoded }
}

const decode = (code: string): string => String.fromCharCode(Number.parseInt(code.slice(1), 16))

const decodeUnreserved = (code: string): string => {
  const character = decode(code)
  return UNRESERVED.test(character) ? character : code.toUpperCase()
}

/** RFC 3986, 5.2.4; an empty segment is one that `..` takes away. */
const withoutDots = (path: string): string => {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..'
    if (segment === '..') kept.pop()
    if (!isDots) kept.push(segment)
    else if (index === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}
