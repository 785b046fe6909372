import type { StaticOrder } from './order.ts'
import type { SiteFile, SiteIndex } from './site-index.ts'

/** What a path of a site is answered with. */
export type Found =
  | {
      readonly kind: 'file'
      readonly status: 200 | 404
      /** Says of which type it is, and how long it is kept. */
      readonly path: string
      readonly file: SiteFile
      readonly encoding?: Encoding
      /** Others get it in another encoding. */
      readonly isVarying: boolean
    }
  /** A folder without the slash at its end, by which its relative links would lead elsewhere. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'none' }
  /** A path that nobody can mean. */
  | { readonly kind: 'malformed' }

type Encoding = 'br' | 'gzip'

export interface Wanted {
  /** As it comes over the line, without the query. */
  readonly path: string
  /** The same before a prefix was taken off. */
  readonly asked: string
  readonly acceptEncoding: string
}

/** Pure: the index is all there is, so no path leads out of it. */
export const findFile = (index: SiteIndex, order: StaticOrder, { path, asked, acceptEncoding }: Wanted): Found => {
  const segments = parseSegments(path)
  if (segments === undefined) return { kind: 'malformed' }
  const key = segments.map((segment) => `/${segment}`).join('')
  const take = (wanted: string, status: 200 | 404): Found => chooseEncoding(index, { wanted, status, acceptEncoding })
  if (!path.endsWith('/') && get(index, key) !== undefined) return take(key, 200)
  const page = `${key}/${order.index}`
  if (get(index, page) !== undefined) return asked.endsWith('/') ? take(page, 200) : { kind: 'folder' }
  // What has an ending is a file of a page that was built before: a page in its place would be run as a script.
  if (order.fallback !== undefined && !segments.at(-1)?.includes('.')) return take(order.fallback, 200)
  return order.notFound === undefined ? { kind: 'none' } : take(order.notFound, 404)
}

/** Own keys only: a file may be called `constructor`. */
const get = (index: SiteIndex, path: string): SiteFile | undefined =>
  Object.hasOwn(index, path) ? index[path] : undefined

/** Undefined when something in it is no encoded text. */
const parseSegments = (path: string): readonly string[] | undefined => {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

const siblings: readonly (readonly [Encoding, string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
]

interface Choice {
  readonly wanted: string
  readonly status: 200 | 404
  readonly acceptEncoding: string
}

/** What was compressed before stands beside the file. */
const chooseEncoding = (index: SiteIndex, { wanted, status, acceptEncoding }: Choice): Found => {
  const file = get(index, wanted)
  if (file === undefined) return { kind: 'none' }
  const there = siblings.flatMap(([encoding, ending]) => {
    const sibling = get(index, wanted + ending)
    return sibling === undefined ? [] : [{ encoding, file: sibling }]
  })
  const accepted = parseAccepted(acceptEncoding)
  const chosen = there.find(({ encoding }) => accepted(encoding))
  return { kind: 'file', status, path: wanted, file, ...chosen, isVarying: there.length > 0 }
}

/** RFC 9110, 12.5.3, but for preferences: of what is taken the smaller is sent. */
const parseAccepted = (header: string): ((encoding: Encoding) => boolean) => {
  const words = header.toLowerCase().split(',').map(parseWord)
  return (encoding) => (words.find(({ name }) => name === encoding) ?? words.find(isAny))?.isTaken ?? false
}

const parseWord = (word: string) => {
  const [name = '', ...parameters] = word.split(';').map((part) => part.trim())
  return { name, isTaken: !parameters.some((each) => /^q=0(?:\.0*)?$/.test(each)) }
}

const isAny = ({ name }: { readonly name: string }): boolean => name === '*'

/** How long a file is kept without being asked for again. What is kept for a year never changes. */
export const cacheControlOf = ({ cacheSeconds }: StaticOrder, path: string): string => {
  const [prefix] = Object.keys(cacheSeconds)
    .filter((each) => each === '/' || path === each || path.startsWith(`${each}/`))
    .toSorted((a, b) => b.length - a.length)
  const seconds = prefix === undefined ? undefined : cacheSeconds[prefix]
  if (seconds === undefined) return 'no-cache'
  return `max-age=${seconds}${seconds >= yearSeconds ? ', immutable' : ''}`
}

const yearSeconds = 31_536_000
