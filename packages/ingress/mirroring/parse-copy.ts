import { parseHeaders, type SpopMessage } from '../spop/frames.ts'
import { SpopError } from '../spop/values.ts'
import { answeredHeader, toHeader, type MirrorOrder } from './order.ts'

/** A request that is sent once more. */
export interface Copy {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

export interface Told {
  readonly order: MirrorOrder
  /** Requests before, of which nobody here could hear. */
  readonly lost: number
  /** Undefined: HAProxy had not all of the request. */
  readonly copy: Copy | undefined
}

/** Of what HAProxy tells of a request. Throws SpopError. */
export const parseTold = ({ values: { order, lost, method, version, uri, headers, body } }: SpopMessage): Told => {
  if (typeof order !== 'string' || typeof method !== 'string') throw new SpopError('a message that is no request')
  if (typeof uri !== 'string' || !Buffer.isBuffer(headers)) throw new SpopError('a request for nothing')
  const said: Said = {
    method,
    version: typeof version === 'string' ? version : '',
    headers: parseHeaders(headers),
    // Of its own: what it came with is larger, and may wait for a while.
    body: Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.alloc(0),
  }
  const parsed = JSON.parse(order) as MirrorOrder
  return {
    order: parsed,
    lost: typeof lost === 'number' ? lost : 0,
    copy: isWhole(said) ? copyOf(said, { uri, to: parsed.to }) : undefined,
  }
}

interface Said extends Pick<Copy, 'method' | 'body'> {
  readonly version: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const valueOf = ({ headers }: Said, name: string): string | undefined => headers.find(([each]) => each === name)?.[1]

/** Methods that HAProxy waits for the end of, whatever is said of their length: see `renderCopying`. */
export const waitedMethods: readonly string[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS']

/** HTTP/1 says of each body that there is one; HTTP/2 does not, so without a length only those count that were waited for. */
const isWhole = (said: Said): boolean => {
  const length = valueOf(said, 'content-length')
  if (length !== undefined) return said.body.length === Number(length)
  if (valueOf(said, 'transfer-encoding') !== undefined || said.body.length > 0) return false
  return said.version.startsWith('1.') || waitedMethods.includes(said.method)
}

/** Of one connection, or said anew for the copy. */
const left: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  toHeader,
  answeredHeader,
])

const copyOf = (said: Said, { uri, to }: { readonly uri: string; readonly to: string }): Copy => ({
  method: said.method,
  path: uri,
  headers: [
    toHeader,
    to,
    ...said.headers.filter(([name]) => !left.has(name)).flat(),
    ...(hasLength(said) ? ['content-length', String(said.body.length)] : []),
  ],
  body: said.body,
})

/** `node:http` would say otherwise that it does not know the length. */
const hasLength = (said: Said): boolean =>
  valueOf(said, 'content-length') !== undefined || !waitedMethods.includes(said.method)
