import { isIpAddress } from '../../compose/ip-address.ts'
import { renderQuoted } from '../../compose/parsed.ts'
import { at, entriesOf, itemsOf, refuse, textOf, type Source } from '../source.ts'

/** The small texts of routes. Each is checked here, once, so that none can mean something else to a proxy. */

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)
const WILDCARD = new RegExp(`^\\*(?:\\.${LABEL}){2,}$`)
const HEADER_NAME = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/
const PRINTABLE = /^[\u0020-\u007e]*$/

/** Longest value of a header; a proxy has 16 KiB for all of them. */
const MAX_VALUE_CHARACTERS = 1_000
/** A page has to fit into one buffer of the proxy. */
const MAX_PAGE_CHARACTERS = 8_000

/** A name as DNS has it, in lower case; `*.` before it unless it is to be one name. */
export const hostOf = (source: Source, { takesWildcard }: { readonly takesWildcard: boolean }): string | undefined => {
  const host = textOf(source)?.toLowerCase()
  if (host === undefined) return undefined
  const isRight = HOST.test(host) || (takesWildcard && WILDCARD.test(host))
  if (isRight && host.length <= 253) return host
  const hint = takesWildcard
    ? 'write shop.example.org or *.example.org; letters beyond a-z as xn--...'
    : 'write a name such as shop.example.org'
  return refuse(source, `${renderQuoted(host)} is no name of a host`, hint)
}

const headerNameOf = (source: Source, name: string): string | undefined => {
  const lower = name.toLowerCase()
  if (HEADER_NAME.test(lower)) return lower
  return refuse(source, `${renderQuoted(name)} is no name of a header`, 'use a-z, 0-9, - and _')
}

export const printableOf = (source: Source): string | undefined => {
  const text = textOf(source)?.trim()
  if (text === undefined) return undefined
  if (text === '') return refuse(source, 'is empty', 'leave it out; a header that shall be gone goes under remove')
  if (text.length > MAX_VALUE_CHARACTERS) {
    return refuse(source, `is longer than ${MAX_VALUE_CHARACTERS} characters`, 'send it in the body')
  }
  if (PRINTABLE.test(text)) return text
  return refuse(source, 'has characters that no header may have', 'use printable ASCII, on one line')
}

/** Values by name of a header, sorted. */
export const headersOf = (source: Source): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entriesOf(source)
      .flatMap(([name, value]) => {
        const [header, text] = [headerNameOf(value, name), printableOf(value)]
        return header === undefined || text === undefined ? [] : [[header, text] as const]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

export const headerNamesOf = (source: Source): readonly string[] =>
  sortedSet(itemsOf(source).map((item) => headerNameOf(item, textOf(item) ?? '')))

/** Upper case, sorted. */
export const methodsOf = (source: Source): readonly string[] =>
  sortedSet(
    itemsOf(source).map((item) => {
      const method = (textOf(item) ?? '').toUpperCase()
      if (/^[A-Z]{1,20}$/.test(method)) return method
      return refuse(item, `${renderQuoted(method)} is no method`, 'write for example GET')
    }),
  )

/** Addresses and networks, sorted: `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`. */
export const addressesOf = (source: Source): readonly string[] =>
  sortedSet(
    itemsOf(source).map((item) => {
      const text = textOf(item)?.toLowerCase() ?? ''
      return isNetwork(text) ? text : refuse(item, `${renderQuoted(text)} is no address`, 'write 10.0.0.0/8')
    }),
  )

const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || !isIpAddress(address)) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (address.includes(':') ? 128 : 32))
}

/** HTML, as it is. */
export const pageOf = (source: Source): string | undefined => {
  const page = textOf(source)
  if (page === undefined || (page.length <= MAX_PAGE_CHARACTERS && !page.includes('\0'))) return page
  return refuse(source, `is longer than ${MAX_PAGE_CHARACTERS} characters`, 'keep images and styles elsewhere')
}

/** Values by name of a parameter of the query, sorted. */
export const parametersOf = (source: Source): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entriesOf(source).flatMap(([name]) => {
      const entry = at(source, name)
      const text = printableOf(entry)
      if (!/^[A-Za-z0-9_.~-]{1,64}$/.test(name)) {
        return refuse(entry, `${renderQuoted(name)} is no name of a parameter`, 'use letters, digits, _ . ~ -') ?? []
      }
      return text === undefined ? [] : [[name, text] as const]
    }),
  )

const sortedSet = (texts: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(texts.filter((text) => text !== undefined))].sort()
