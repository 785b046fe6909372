import {
  CannotTurn,
  hasVariable,
  withEscapes,
  withoutEscapes,
  type Label,
  type Note,
  type WrittenRoute,
} from '../turned.ts'
import type { Matcher } from './rule.ts'

/** What a route says of the requests it is for. */
export interface Matching {
  readonly keys: WrittenRoute
  readonly notes: readonly Note[]
}

type Turn = (args: readonly string[], label: Label) => Matching

/** Keys of a route for matchers that all have to be met. Throws CannotTurn. */
export const matchOf = (matchers: readonly Matcher[], label: Label): Matching => {
  const parts = matchers.map(({ name, args }) => (turns.get(name) ?? unknown(name))(args, label))
  const keys: Record<string, unknown> = {}
  for (const [key, value] of parts.flatMap((part) => Object.entries(part.keys))) {
    if (key in keys && !isTexts(value))
      throw new CannotTurn(label, `asks for two of ${key} at once`, 'make it two routers')
    keys[key] = isTexts(value) ? { ...(keys[key] as object | undefined), ...value } : value
  }
  if (Object.keys(keys).filter((key) => key.startsWith('path')).length > 1) {
    throw new CannotTurn(label, 'compares the path in two ways at once', 'make it two routers')
  }
  if (keys['host'] === undefined) {
    throw new CannotTurn(label, 'is for every host, and a route has one', 'add Host(`...`) to the rule, with &&')
  }
  return { keys: sortKeys(keys), notes: parts.flatMap(({ notes }) => notes) }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && !Array.isArray(value)

const order = ['host', 'path', 'path_exact', 'path_regex', 'method', 'header', 'query']

const sortKeys = (keys: WrittenRoute): WrittenRoute =>
  Object.fromEntries(order.flatMap((key) => (key in keys ? [[key, keys[key]] as const] : [])))

const plain = (keys: WrittenRoute): Matching => ({ keys, notes: [] })

const unknown =
  (name: string): Turn =>
  (_, label) => {
    const instead = instruments[name] ?? 'say it in another way, or in the app'
    throw new CannotTurn(label, `the rule has ${name}, which no route can compare`, instead)
  }

const instruments: Readonly<Record<string, string>> = {
  clientip: 'write the route without it, and allow: [10.0.0.0/8]',
  headerregexp: 'name each value in a route of its own: header: {X-A: "1"}',
  headersregexp: 'name each value in a route of its own: header: {X-A: "1"}',
  queryregexp: 'name each value in a route of its own: query: {a: "1"}',
}

const turnQuery: Turn = (args, label) => {
  const [first = '', second] = args
  if (second !== undefined && !first.includes('=')) return plain({ query: { [first]: second } })
  const parts = args.map((arg) => /^([^=]*)(?:=(.*))?$/s.exec(arg) ?? [])
  if (parts.some(([, , value]) => value === '')) {
    throw new CannotTurn(label, 'compares with an empty parameter', 'leave it out')
  }
  return plain({ query: Object.fromEntries(parts.map(([, name = '', value = '*']) => [name, value])) })
}

/** A first label that is a pattern: `{any:[a-z]+}.example.org` of version 2, `^[a-z]+\.example\.org$` of version 3. */
const turnHostPattern: Turn = ([written = ''], label) => {
  const pattern = withoutEscapes(written)
  const [, old, fresh] =
    /^(?:\{[\w-]*(?::(?:[^{}]|\{[\d,]*\})+)?\}\.([\w.-]+)|\^?\(?(?:\?:)?(?:\.|\[[^\]]+\]|\\w)[+*]\)?\\\.([\w.\\-]+)\$?)$/.exec(
      pattern,
    ) ?? []
  const rest = old ?? fresh?.replaceAll('\\.', '.')
  if (hasVariable(written) || rest === undefined || rest.includes('\\')) {
    throw new CannotTurn(
      label,
      `the pattern of hosts ${pattern} is no *.example.org`,
      'name each host: Host(`a`) || Host(`b`)',
    )
  }
  const message = `${pattern} became *.${rest}: every name of one label more`
  return { keys: { host: `*.${rest}` }, notes: [{ label, isLost: false, message }] }
}

interface PathOf {
  readonly label: Label
  readonly isPrefix: boolean
}

const turnPath = (path: string, { label, isPrefix }: PathOf): Matching => {
  if (/(?<!\$)\{/.test(path)) return plain({ path_regex: placeholders(path, { label, isPrefix }) })
  if (isPrefix) return plain(path === '/' ? {} : { path: path.replace(/\/$/, '') })
  const endsWithSlash = path.endsWith('/') && path !== '/' && !hasVariable(path)
  return plain(endsWithSlash ? { path_regex: escapePattern(path) } : { path_exact: path })
}

/** `/users/{id:[0-9]+}` of version 2. */
const placeholders = (path: string, { label, isPrefix }: PathOf): string => {
  if (hasVariable(path)) throw new CannotTurn(label, 'has a variable in a pattern', 'write the pattern out')
  const parts = withoutEscapes(path).split(/\{[\w-]*(?::((?:[^{}]|\{[\d,]*\})+))?\}/)
  const pattern = parts.map((part, index) => (index % 2 === 1 ? `(${part ?? '[^/]+'})` : escapePattern(part)))
  return withEscapes(`${pattern.join('')}${isPrefix ? '.*' : ''}`)
}

export const escapePattern = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')

/** A pattern of Go may begin and end anywhere; ours is of the whole path. */
const wholePattern = (written: string, label: Label): string => {
  if (hasVariable(written)) throw new CannotTurn(label, 'has a variable in a pattern', 'write the pattern out')
  const pattern = withoutEscapes(written)
  const [begin, end] = [pattern.startsWith('^') ? '' : '.*', /(?<!\\)\$$/.test(pattern) ? '' : '.*']
  const inside = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')
  const isChoice = /\|/.test(inside) && (begin !== '' || end !== '')
  const whole = isChoice || (begin === '' && end === '' && inside.includes('|')) ? `(?:${inside})` : inside
  return withEscapes(`${begin}${whole}${end}`.replace(/(?:\.\*){2}$/, '.*'))
}

const turns: ReadonlyMap<string, Turn> = new Map<string, Turn>([
  ['host', ([host = '']) => plain({ host: hasVariable(host) ? host : host.toLowerCase() })],
  ['hostregexp', turnHostPattern],
  ['path', ([path = ''], label) => turnPath(path, { label, isPrefix: false })],
  ['pathprefix', ([path = ''], label) => turnPath(path, { label, isPrefix: true })],
  ['pathregexp', ([pattern = ''], label) => plain({ path_regex: wholePattern(pattern, label) })],
  ['method', (args) => plain({ method: args })],
  ['header', ([name = '', value = '*']) => plain({ header: { [name]: value } })],
  ['headers', ([name = '', value = '*']) => plain({ header: { [name]: value } })],
  ['query', turnQuery],
])
