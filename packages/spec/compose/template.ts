import { renderQuoted } from './parsed.ts'

/** A variable's value, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/** `unset`: variables taken as empty because they are not set, once each, in order of appearance. */
export type Interpolated =
  | { readonly kind: 'ok'; readonly value: string; readonly unset: readonly string[] }
  | { readonly kind: 'error'; readonly message: string }

/** Deeper defaults inside defaults are nobody's compose file; each level reads its text again. */
export const MAX_NESTING = 50

/** What variables may add to one text. Longer values belong in a file; without a limit `$A$A$A...` fills the memory. */
export const MAX_GROWTH_CHARACTERS = 1_048_576

type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+'

/** A `${...}` with an operator; `end` is the index after its closing brace. */
interface Substitution {
  readonly operator: Operator
  readonly operand: string
  readonly end: number
}

/** What all levels of one interpolation share. */
interface Scan {
  readonly lookup: Lookup
  readonly unset: Set<string>
  charactersLeft: number
}

interface Level {
  readonly scan: Scan
  readonly depth: number
}

/** The line last looked at: where it ends and its last closing brace stands. Kept, so that one long line is read once. */
interface Line {
  end: number
  lastBrace: number
}

/**
 * Puts variables in a text by the Compose Specification's interpolation rules, as compose-go's template package reads
 * them: `$VAR`, `${VAR}`, `:-` and `-` (default), `:?` and `?` (required), `:+` and `+` (alternative), nesting in the
 * operand, `$$` for a dollar sign; any other dollar sign stands for itself, `${` that begins no variable is an error.
 * Values are not interpolated again. An operand is read only when it is used and ends on its own line.
 */
export const interpolate = (text: string, lookup: Lookup): Interpolated => {
  if (!text.includes('$')) return { kind: 'ok', value: text, unset: [] }
  const scan: Scan = { lookup, unset: new Set(), charactersLeft: MAX_GROWTH_CHARACTERS }
  const result = expand(text, scan, 0)
  return result.kind === 'error' ? result : { ...result, unset: [...scan.unset] }
}

type Expanded = { readonly kind: 'ok'; readonly value: string } | { readonly kind: 'error'; readonly message: string }

const DOLLAR = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{(?:([_a-z][_a-z0-9]*)(?:\}|(:?[-+?])))?)/gi

const expand = (text: string, scan: Scan, depth: number): Expanded => {
  if (depth > MAX_NESTING) return failed(`variables nested more than ${MAX_NESTING} deep`)
  const pieces: string[] = []
  const line: Line = { end: -1, lastBrace: -1 }
  let copied = 0
  DOLLAR.lastIndex = 0
  for (let match = DOLLAR.exec(text); match; match = DOLLAR.exec(text)) {
    const step = expandMatch(match, line, { scan, depth })
    if (step.kind === 'error') return step
    pieces.push(text.slice(copied, match.index), step.value)
    copied = step.end
    if (scan.charactersLeft < 0) return failed(`variables add more than ${MAX_GROWTH_CHARACTERS} characters`)
    // Inner texts move the one regular expression about.
    DOLLAR.lastIndex = copied
  }
  pieces.push(text.slice(copied))
  return { kind: 'ok', value: pieces.join('') }
}

type Step = { readonly kind: 'ok'; readonly value: string; readonly end: number } | Extract<Expanded, { kind: 'error' }>

const expandMatch = (match: RegExpExecArray, line: Line, { scan, depth }: Level): Step => {
  const [whole, dollar, bare, braced, operator] = match
  const end = match.index + whole.length
  if (dollar !== undefined) return { kind: 'ok', value: '$', end }
  const name = bare ?? braced
  if (name === undefined) return invalid(match.input)
  if (operator === undefined) return { kind: 'ok', value: valueOf(name, scan), end }
  const substitution = findSubstitution(match, operator as Operator, line)
  if (substitution === undefined) return invalid(match.input)
  const applied = applyOperator(name, substitution, { scan, depth })
  return applied.kind === 'error' ? applied : { ...applied, end: substitution.end }
}

const valueOf = (name: string, scan: Scan): string => {
  const value = scan.lookup(name)
  if (value === undefined) scan.unset.add(name)
  return take(value, scan)
}

const take = (value = '', scan: Scan): string => {
  scan.charactersLeft -= value.length
  return value
}

const applyOperator = (name: string, { operator, operand }: Substitution, { scan, depth }: Level): Expanded => {
  const value = scan.lookup(name)
  const isThere = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  const keep = (): Expanded => ({ kind: 'ok', value: take(value, scan) })
  switch (operator) {
    case ':-':
    case '-':
      return isThere ? keep() : expand(operand, scan, depth + 1)
    case ':+':
    case '+':
      return isThere ? expand(operand, scan, depth + 1) : keep()
    case ':?':
    case '?':
      return isThere ? keep() : missing(name, expand(operand, scan, depth + 1))
  }
}

/** Where the braces balance or, when they never do, at the last brace of the line: `${JSON-{"a":1}` is whole. */
const findSubstitution = (match: RegExpExecArray, operator: Operator, line: Line): Substitution | undefined => {
  const text = match.input
  const start = match.index + match[0].length
  if (start > line.end) {
    const newline = text.indexOf('\n', start)
    line.end = newline === -1 ? text.length : newline
    line.lastBrace = text.lastIndexOf('}', line.end)
  }
  if (line.lastBrace < start) return undefined
  const close = findClosingBrace(text, match.index, line.lastBrace) ?? line.lastBrace
  return { operator, operand: text.slice(start, close), end: close + 1 }
}

/** compose-go does not look at the character after an opening brace, so `{}` opens and does not close. */
const findClosingBrace = (text: string, from: number, to: number): number | undefined => {
  let open = 0
  for (let at = from; at <= to; at++) {
    if (text[at] === '}' && --open === 0) return at
    if (text[at] === '{') {
      open++
      at++
    }
  }
  return undefined
}

const missing = (name: string, reason: Expanded): Expanded => {
  if (reason.kind === 'error') return reason
  return failed(`required variable ${name} is missing a value${reason.value === '' ? '' : `: ${reason.value}`}`)
}

const invalid = (text: string): Extract<Expanded, { kind: 'error' }> =>
  failed(`invalid interpolation in ${renderQuoted(text)}; write $$ for a dollar sign that begins no variable`)

const failed = (message: string): Extract<Expanded, { kind: 'error' }> => ({ kind: 'error', message })
