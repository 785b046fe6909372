import type { Parsed } from '../../compose/parsed.ts'

/** One matcher of a rule: ``PathPrefix(`/api`)``. */
export interface Matcher {
  /** In lower case, for Traefik takes any. */
  readonly name: string
  readonly args: readonly string[]
}

type Rule =
  | { readonly kind: 'matcher'; readonly matcher: Matcher }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Rule[] }

/** More is no rule that a person wrote. */
const [MAX_ALTERNATIVES, MAX_DEPTH] = [50, 20]

/**
 * The alternatives of a rule of Traefik, any of which is enough, each a list of matchers that all have to be met. Grammar:
 * `||` of `&&` of matchers and parentheses; values are literals of Go, in backticks or double quotes.
 */
export const parseRule = (text: string): Parsed<readonly (readonly Matcher[])[]> => {
  const reader: Reader = { text, at: 0, depth: 0 }
  try {
    const rule = readAny(reader)
    if (reader.at < text.length) throw fault(reader)
    return { kind: 'ok', value: listAlternatives(rule) }
  } catch (error) {
    if (error instanceof RuleFault) return { kind: 'error', message: error.message }
    throw error
  }
}

class RuleFault extends Error {}

interface Reader {
  readonly text: string
  at: number
  depth: number
}

const fault = ({ text, at }: Reader): RuleFault =>
  new RuleFault(
    at < text.length
      ? `the rule has ${JSON.stringify(text.slice(at, at + 10))} where it means nothing`
      : 'the rule ends too early',
  )

/** Takes what is there, with the space behind it. */
const take = (reader: Reader, pattern: RegExp): string | undefined => {
  const found = new RegExp(`(?:${pattern.source})\\s*`, 'y')
  found.lastIndex = reader.at
  const [text] = found.exec(reader.text) ?? []
  if (text !== undefined) reader.at += text.length
  return text?.trimEnd()
}

const readAny = (reader: Reader): Rule => {
  take(reader, /\s*/)
  return readParts(reader, 'or', { between: /\|\|/, readPart: readAll })
}

const readAll = (reader: Reader): Rule => readParts(reader, 'and', { between: /&&/, readPart: readOne })

const readParts = (
  reader: Reader,
  kind: 'and' | 'or',
  { between, readPart }: { readonly between: RegExp; readonly readPart: (reader: Reader) => Rule },
): Rule => {
  const parts = [readPart(reader)]
  while (take(reader, between) !== undefined) parts.push(readPart(reader))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind, parts }
}

const readOne = (reader: Reader): Rule => {
  if (reader.text.startsWith('!', reader.at)) throw new RuleFault('the rule says what a request must not be (!)')
  if (take(reader, /\(/) === undefined) return readMatcher(reader)
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw new RuleFault('the rule has parentheses in parentheses in parentheses')
  const rule = readAny(reader)
  if (take(reader, /\)/) === undefined) throw fault(reader)
  reader.depth -= 1
  return rule
}

const readMatcher = (reader: Reader): Rule => {
  const name = take(reader, /[A-Za-z]+/)
  if (name === undefined || take(reader, /\(/) === undefined) throw fault(reader)
  const args = [readText(reader)]
  while (take(reader, /,/) !== undefined) args.push(readText(reader))
  if (take(reader, /\)/) === undefined) throw fault(reader)
  return { kind: 'matcher', matcher: { name: name.toLowerCase(), args } }
}

const readText = (reader: Reader): string => {
  const literal = take(reader, /`[^`]*`|"(?:[^"\\]|\\.)*"/)
  if (literal === undefined) throw fault(reader)
  const inside = literal.slice(1, -1)
  return literal.startsWith('`') ? inside : inside.replaceAll(/\\(.)/g, '$1')
}

const listAlternatives = (rule: Rule): readonly (readonly Matcher[])[] => {
  if (rule.kind === 'matcher') return spread(rule.matcher)
  const parts = rule.parts.map(listAlternatives)
  const all =
    rule.kind === 'or'
      ? parts.flat()
      : parts.reduce((before, next) => limit(before.flatMap((one) => next.map((other) => [...one, ...other]))))
  return limit(all)
}

const limit = <T>(all: readonly T[]): readonly T[] => {
  if (all.length > MAX_ALTERNATIVES) throw new RuleFault(`the rule has more than ${MAX_ALTERNATIVES} alternatives`)
  return all
}

/** In version 2 several values of these are alternatives. */
const several: ReadonlySet<string> = new Set(['host', 'hostregexp', 'path', 'pathprefix', 'hostsni'])

const spread = (matcher: Matcher): readonly (readonly Matcher[])[] =>
  several.has(matcher.name) ? matcher.args.map((arg) => [{ ...matcher, args: [arg] }]) : [[matcher]]
