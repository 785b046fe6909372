import type { Parsed } from '../../compose/parsed.ts'

/** Longest path or pattern: what is longer is data, not a way. */
const MAX_CHARACTERS = 500

const UNRESERVED = /^[A-Za-z0-9._~-]$/
const PATH = /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/

/**
 * A path as requests are compared with it (RFC 3986, 6.2.2): what need not be encoded is not, the rest in capitals, and no
 * slash at its end but of `/` itself. `.` and `..` and doubled slashes are refused, for no request arrives with them.
 */
export const parsePath = (text: string): Parsed<string> => {
  if (!text.startsWith('/')) return fault(`the path ${JSON.stringify(text)} does not begin with a slash`)
  if (text.length > MAX_CHARACTERS) return fault(`a path has ${MAX_CHARACTERS} characters at most`)
  if (!PATH.test(text)) return fault('the path has characters that have to be written as %20')
  const path = text.replaceAll(/%[0-9A-Fa-f]{2}/g, decode).replace(/(?<=.)\/$/, '')
  const segments = path.slice(1).split('/')
  if (path !== '/' && segments.includes('')) return fault('the path has two slashes in a row')
  if (segments.some((segment) => segment === '.' || segment === '..')) return fault('the path has . or .. in it')
  return { kind: 'ok', value: path }
}

const decode = (code: string): string => {
  const character = String.fromCharCode(Number.parseInt(code.slice(1), 16))
  return UNRESERVED.test(character) ? character : code.toUpperCase()
}

const fault = (message: string): Parsed<never> => ({ kind: 'error', message })
