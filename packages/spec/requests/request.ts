import type { Parsed } from '../compose/parsed.ts'

/** A request as it comes to the ingress, as far as routes look at it. */
export interface RouteRequest {
  readonly isTls: boolean
  /** Of the node. */
  readonly port: number
  /** As the client writes it, its port included. */
  readonly authority: string
  /** As it goes over the line, without the query. */
  readonly path: string
  /** Without the `?`. */
  readonly query: string
  readonly method: string
  /** Names in lower case; a name may be there several times. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const URL_PARTS = /^(?:(https?):\/\/)?([^/?#\s@]+)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is
const AUTHORITY = /^(?:[a-z0-9._*-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)$/

/**
 * What a browser would ask for that address, but for the path, which stays as it was written: two spellings of one path are
 * what somebody may want to know about. Without a scheme it is https. `headers`: `X-Beta: yes`.
 */
export const parseRequest = (
  url: string,
  { method = 'GET', headers = [] }: { readonly method?: string; readonly headers?: readonly string[] } = {},
): Parsed<RouteRequest> => {
  const [, scheme = 'https', authority = '', path = '', query = ''] = URL_PARTS.exec(url) ?? []
  const [isHost, portText] = AUTHORITY.exec(authority) ?? []
  const isTls = scheme.toLowerCase() === 'https'
  const port = portText === undefined ? (isTls ? 443 : 80) : Number(portText)
  if (isHost === undefined || port < 1 || port > 65_535) {
    return fault(`${JSON.stringify(url)} is no address; write for example https://shop.example.org/api`)
  }
  if (!/^[A-Za-z]{1,20}$/.test(method)) return fault(`${JSON.stringify(method)} is no method; write for example GET`)
  const parsed = headers.map((line) => HEADER.exec(line))
  const wrong = headers.find((_, index) => parsed[index] === null)
  if (wrong !== undefined) return fault(`${JSON.stringify(wrong)} is no header; write for example "X-Beta: yes"`)
  const named = parsed.flatMap((found) => (found === null ? [] : [[nameOf(found), (found[2] ?? '').trim()] as const]))
  if (named.some(([name]) => name === 'host')) return fault('the host stands in the address, not in a header')
  const request: RouteRequest = {
    isTls,
    port,
    authority,
    path: encode(path === '' ? '/' : path),
    query: encode(query),
    method: method.toUpperCase(),
    headers: named,
  }
  return { kind: 'ok', value: request }
}

const nameOf = ([, name = '']: RegExpExecArray): string => name.toLowerCase()

/** No client sends anything else than printable ASCII. */
const encode = (text: string): string =>
  text.toWellFormed().replaceAll(/[^\u0021-\u007e]+/g, (characters) => encodeURIComponent(characters))

const fault = (message: string): Parsed<never> => ({ kind: 'error', message })
