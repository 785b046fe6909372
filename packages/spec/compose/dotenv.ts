import { interpolate, MAX_GROWTH_CHARACTERS } from './template.ts'
import type { Lookup } from './template.ts'
import { renderQuoted } from './parsed.ts'

/**
 * `values` in file order. `inherited`: names that stand alone and take their value from the lookup; those it knows are
 * in `values`, the others are not.
 */
export type Dotenv =
  | { readonly kind: 'ok'; readonly values: ReadonlyMap<string, string>; readonly inherited: readonly string[] }
  | { readonly kind: 'error'; readonly line: number; readonly message: string }

interface File {
  readonly text: string
  readonly lookup: Lookup
  readonly values: Map<string, string>
  readonly inherited: string[]
  /** What variables may still add: a file in which each value holds the one before twice doubles with each line. */
  charactersLeft: number
}

/** `next`: where the text goes on. An error's `at` is the index it is about. */
type Step<T> = { readonly kind: 'ok'; readonly value: T; readonly next: number } | Failure
type Failure = { readonly kind: 'error'; readonly at: number; readonly message: string }

const BLANK = /\p{White_Space}*/uy
const COMMENT = /#[^\n]*/y
const EXPORT = /export(?=[\t\n\f\r ])[\t\v\f\r \u0085\u00a0]*/y
/** White space within a line, as compose-go's isSpace has it. */
const SPACES = /[\t\v\f\r \u0085\u00a0]*/y
const KEY = /[\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00a0]*/uy
const SPACE = /\p{White_Space}/u

/**
 * Reads an env file by the rules of compose-go's dotenv package: `KEY=value`, `KEY: value`, `export KEY=value`, `KEY`
 * alone (inherited), comments after ` #`, single quotes (as it stands), double quotes (escapes and variables), quoted
 * values over several lines. Variables are looked up outside first, then among the file's earlier values. A name alone
 * on a last line without a line break is the value of an empty name, as there. Lines count from 1.
 */
export const parseDotenv = (text: string, lookup: Lookup): Dotenv => {
  const file: File = { text, lookup, values: new Map(), inherited: [], charactersLeft: MAX_GROWTH_CHARACTERS }
  let at = skipBlank(text, text.startsWith('\uFEFF') ? 1 : 0)
  while (at < text.length) {
    const statement = parseStatement(file, at)
    if (statement.kind === 'error')
      return { kind: 'error', line: lineOf(text, statement.at), message: statement.message }
    at = skipBlank(text, statement.next)
  }
  return { kind: 'ok', values: file.values, inherited: file.inherited }
}

const parseStatement = (file: File, at: number): Step<undefined> => {
  const key = parseKey(file.text, at)
  if (key.kind === 'error') return key
  const { name, isInherited } = key.value
  if (isInherited) {
    const value = file.lookup(name)
    if (value !== undefined) file.values.set(name, value)
    if (name !== '') file.inherited.push(name)
    return { kind: 'ok', value: undefined, next: key.next }
  }
  const value = parseValue(file, key.next)
  if (value.kind === 'error') return value
  file.values.set(name, value.value)
  return { kind: 'ok', value: undefined, next: value.next }
}

const parseKey = (text: string, at: number): Step<{ readonly name: string; readonly isInherited: boolean }> => {
  const start = skip(EXPORT, text, at)
  if (start === text.length) return { kind: 'error', at, message: 'nothing is exported' }
  const end = skip(KEY, text, start)
  if (end === text.length) return { kind: 'ok', value: { name: '', isInherited: false }, next: start }
  const separator = String.fromCodePoint(text.codePointAt(end) ?? 0)
  const name = trimEnd(text.slice(start, end))
  if (!['=', ':', '\n'].includes(separator)) {
    const message = `unexpected character ${renderQuoted(separator)} in variable name ${renderQuoted(lineAt(text, start))}`
    return { kind: 'error', at: start, message }
  }
  if (name.includes(' '))
    return { kind: 'error', at: start, message: `variable name ${renderQuoted(name)} has a space` }
  return { kind: 'ok', value: { name, isInherited: separator === '\n' }, next: skip(SPACES, text, end + 1) }
}

const parseValue = (file: File, at: number): Step<string> => {
  const quote = file.text[at]
  return quote === '"' || quote === "'" ? parseQuoted(file, at, quote) : parseBare(file, at)
}

const parseBare = (file: File, at: number): Step<string> => {
  const line = lineAt(file.text, at)
  const comment = line.indexOf(' #')
  const value = trimEnd(comment === -1 ? line : line.slice(0, comment))
  return expandVariables(file, value, { at, next: at + line.length + 1 })
}

const parseQuoted = (file: File, at: number, quote: '"' | "'"): Step<string> => {
  const close = findClosingQuote(file.text, at, quote)
  if (close === undefined) {
    return { kind: 'error', at, message: `unterminated quoted value ${renderQuoted(lineAt(file.text, at))}` }
  }
  const next = close + 1
  const value = file.text.slice(at + 1, close).replaceAll(`\\${quote}`, quote)
  return quote === "'" ? { kind: 'ok', value, next } : expandVariables(file, expandEscapes(value), { at, next })
}

/** A backslash protects any character after it, itself too. */
const findClosingQuote = (text: string, open: number, quote: string): number | undefined => {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at
  }
  return undefined
}

const expandVariables = (file: File, text: string, { at, next }: { at: number; next: number }): Step<string> => {
  const result = interpolate(text, (name) => file.lookup(name) ?? file.values.get(name))
  if (result.kind === 'error') return { ...result, at }
  file.charactersLeft -= Math.max(0, result.value.length - text.length)
  if (file.charactersLeft >= 0) return { kind: 'ok', value: result.value, next }
  return { kind: 'error', at, message: `variables add more than ${MAX_GROWTH_CHARACTERS} characters to the file` }
}

const ESCAPE = /\\(?:([abfnrtv"\\])|(\$)|0(\d{0,3}))/g
const ESCAPED = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

/** A dollar sign stays escaped for the interpolation that follows. Octal numbers are `\0` and three digits. */
const expandEscapes = (text: string): string =>
  text.replace(ESCAPE, (_whole, character?: string, dollar?: string, octal = '') => {
    if (character !== undefined) return ESCAPED.get(character) ?? character
    if (dollar !== undefined) return '$$'
    return /^[0-3][0-7]{2}$/.test(octal) ? String.fromCodePoint(Number.parseInt(octal, 8)) : `\\${octal}`
  })

const skipBlank = (text: string, from: number): number => {
  let at = skip(BLANK, text, from)
  while (text[at] === '#') at = skip(BLANK, text, skip(COMMENT, text, at))
  return at
}

/** Go's idea of white space: String.trimEnd leaves U+0085 and takes the byte order mark. */
const trimEnd = (text: string): string => {
  let end = text.length
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Index after what the sticky pattern matches at `at`; `at` itself when it matches nothing there. */
const skip = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const lineAt = (text: string, at: number): string => {
  const end = text.indexOf('\n', at)
  return text.slice(at, end === -1 ? text.length : end)
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length
