import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import type { Document, Scalar as YamlScalar } from 'yaml'
import type { Position } from '../project.ts'
import type { Budget } from './limits.ts'
import { MAX_DEPTH, MAX_FILE_CHARACTERS, MAX_NODES, MAX_TOKENS } from './limits.ts'
import type { Mark, Node, Scalar } from './node.ts'
import { parsePlainScalar } from './plain-scalar.ts'
import type { Report } from './problem-list.ts'

export interface SourceFile {
  /** As the person named it; stands in every position. */
  readonly path: string
  readonly text: string
}

interface Tools {
  readonly report: Report
  readonly budget: Budget
}

/**
 * Reads the YAML documents of a file; empty ones are left out. Aliases and merge keys (`<<`) are followed, `!reset` and
 * `!override` become marks, plain scalars mean what they mean to go-yaml. Undefined when the file is not YAML, has a key
 * twice, or is larger than any compose file; the reason is reported.
 */
export const parseYaml = (file: SourceFile, tools: Tools): readonly Node[] | undefined => {
  const start = { path: file.path, line: 1, column: 1 }
  if (file.text.length > MAX_FILE_CHARACTERS) {
    tools.report({ at: start, message: `the file has more than ${MAX_FILE_CHARACTERS} characters`, hint: TOO_MUCH })
    return undefined
  }
  const lines = new LineCounter()
  const locate = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { path: file.path, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  try {
    const documents = composeDocuments(file.text, lines, { ...tools, locate })
    let isWhole = true
    const refuse: Refuse = (offset, message, hint) => {
      isWhole = false
      tools.report({ at: locate(offset), message, hint })
    }
    const nodes = documents?.flatMap((document) => convertDocument(document, { ...tools, locate, refuse }) ?? [])
    return isWhole ? nodes : undefined
  } catch (error) {
    if (!(error instanceof UnreadableYaml)) throw error
    tools.report({ at: locate(error.offset), message: error.message, hint: error.hint })
    return undefined
  }
}

const TOO_MUCH = 'put data in a file of its own and mount it as a config'

/** Ends the walk of one file from any depth; never leaves this module. */
class UnreadableYaml extends Error {
  readonly offset: number
  readonly hint: string | undefined
  constructor(message: string, offset: number, hint?: string) {
    super(message)
    this.offset = offset
    this.hint = hint
  }
}

interface Located extends Tools {
  readonly locate: (offset: number) => Position
}

/** Feeds the parser token by token, so that a file too large or too deep is given up before it is built. */
const composeDocuments = (text: string, lines: LineCounter, tools: Located): Document.Parsed[] | undefined => {
  const parser = new Parser(lines.addNewLine)
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' })
  const documents: Document.Parsed[] = []
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    if (--tools.budget.tokens < 0) {
      throw new UnreadableYaml(`the compose files have more than ${MAX_TOKENS} tokens of YAML`, parser.offset, TOO_MUCH)
    }
    if (parser.stack.length > 2 * MAX_DEPTH) throw tooDeep(parser.offset)
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token))
  }
  for (const token of parser.end()) documents.push(...composer.next(token))
  documents.push(...composer.end())
  const errors = documents.flatMap((document) => document.errors)
  for (const { pos, message } of errors) tools.report({ at: tools.locate(pos[0]), message: `not YAML: ${message}` })
  return errors.length === 0 ? documents : undefined
}

const tooDeep = (offset: number): UnreadableYaml =>
  new UnreadableYaml(`values are nested more than ${MAX_DEPTH} deep`, offset)

/** Reports and goes on, so that everything of the kind is told at once. */
type Refuse = (offset: number, message: string, hint: string) => void

interface Conversion extends Located {
  readonly refuse: Refuse
  /** Of the anchors met so far; `size` is the number of nodes an alias to it stands for. */
  readonly anchors: Map<string, { readonly node: Node; readonly size: number }>
}

const convertDocument = (document: Document.Parsed, tools: Omit<Conversion, 'anchors'>): Node | undefined => {
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.source === '')) return undefined
  return convert(contents, { ...tools, anchors: new Map() }, { depth: 0 })
}

/** `at` is the position of the key where there is one. */
interface Place {
  readonly depth: number
  readonly at?: Position
}

const convert = (yaml: unknown, conversion: Conversion, { depth, at }: Place): Node => {
  const { range, anchor } = (yaml ?? {}) as { readonly range?: readonly number[]; readonly anchor?: string }
  const offset = range?.[0] ?? 0
  const { budget, anchors, locate } = conversion
  const before = budget.nodes
  if (depth > MAX_DEPTH) throw tooDeep(offset)
  const place = { depth, at: at ?? locate(offset) }
  const node = isAlias(yaml) ? followAlias(yaml.source, offset, conversion) : convertNew(yaml, conversion, place)
  if (--budget.nodes < 0) {
    throw new UnreadableYaml(`the compose files stand for more than ${MAX_NODES} values`, offset, 'use fewer aliases')
  }
  if (anchor !== undefined) anchors.set(anchor, { node, size: before - budget.nodes })
  return isAlias(yaml) ? { ...node, at: place.at } : node
}

const followAlias = (name: string, offset: number, { anchors, budget }: Conversion): Node => {
  const target = anchors.get(name)
  if (target === undefined) {
    throw new UnreadableYaml(`the alias *${name} stands before or inside its anchor, or has none`, offset)
  }
  budget.nodes -= target.size
  return target.node
}

const convertNew = (yaml: unknown, conversion: Conversion, place: Required<Place>): Node => {
  const mark = markOf((yaml as { readonly tag?: string } | null)?.tag)
  const placed = { at: place.at, ...(mark && { mark }) }
  if (isMap(yaml)) return { kind: 'mapping', entries: convertEntries(yaml.items, conversion, place.depth), ...placed }
  if (isSeq(yaml)) {
    const items = yaml.items.map((item) => convert(item, conversion, { depth: place.depth + 1 }))
    return { kind: 'sequence', items: items.filter((item) => item.mark !== 'reset'), ...placed }
  }
  return { kind: 'scalar', ...convertScalar(yaml as YamlScalar | null), ...placed }
}

const markOf = (tag: string | undefined): Mark | undefined =>
  tag === '!reset' ? 'reset' : tag === '!override' ? 'override' : undefined

const convertScalar = (yaml: YamlScalar | null): Pick<Scalar, 'value' | 'text'> => {
  const source = yaml?.source ?? ''
  const isText = yaml?.tag === 'tag:yaml.org,2002:str' || (yaml?.type !== undefined && yaml.type !== 'PLAIN')
  return isText ? { value: source, text: source } : parsePlainScalar(source)
}

interface Pair {
  readonly key: unknown
  readonly value: unknown
}

const convertEntries = (pairs: readonly unknown[], conversion: Conversion, depth: number): Map<string, Node> => {
  const entries = new Map<string, Node>()
  const inherited: Node[] = []
  for (const { key, value } of pairs as readonly Pair[]) {
    const { name, offset } = keyOf(key, conversion)
    const node = convert(value, conversion, { depth: depth + 1, at: conversion.locate(offset) })
    const first = entries.get(name)
    if (name === '<<' && isPlain(key)) {
      if (inherited.length > 0) conversion.refuse(offset, 'the key << stands here again', 'write <<: [*one, *other]')
      inherited.push(...mergeSources(node, offset, conversion))
    } else if (first === undefined) entries.set(name, node)
    else conversion.refuse(offset, `the key ${name} stands here again; it is on line ${first.at.line} too`, 'keep one')
  }
  for (const source of inherited) addMissing(entries, source)
  return entries
}

const isPlain = (key: unknown): boolean => isScalar(key) && (key.type === undefined || key.type === 'PLAIN')

const keyOf = (key: unknown, { refuse }: Conversion): { readonly name: string; readonly offset: number } => {
  const offset = (key as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0
  const { value, text } = convertScalar(isScalar(key) ? key : null)
  if (typeof value !== 'string') {
    refuse(offset, `the key ${text || 'here'} is not text`, text === '' ? 'write a name' : `write "${text}" in quotes`)
  }
  return { name: text, offset }
}

const mergeSources = (node: Node, offset: number, { refuse }: Conversion): readonly Node[] => {
  const sources = node.kind === 'sequence' ? node.items : [node]
  const isRight = sources.every((source) => source.kind === 'mapping')
  if (!isRight) refuse(offset, '<< takes a mapping or a list of mappings', 'write <<: *anchor-of-a-mapping')
  return sources
}

/** YAML merge keys: what stands in the mapping itself wins, then the earlier of several. */
const addMissing = (entries: Map<string, Node>, source: Node): void => {
  if (source.kind !== 'mapping') return
  for (const [key, node] of source.entries) if (!entries.has(key)) entries.set(key, node)
}
