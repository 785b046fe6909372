import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import type { Problem } from '@atoll/spec'
import { describeIssues } from './describe-issues.ts'
import type { Complaint } from './describe-issues.ts'
import { refuseSettings } from './refusals.ts'
import { serverFile } from './server-file.ts'
import type { ServerFile, Settings } from './server-file.ts'

export type ReadFile =
  | { readonly kind: 'read'; readonly file: ServerFile }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }

const maximumCharacters = 1_000_000

/** Reads `server.yaml`; `path` is as the person named it and stands in every problem. Sources of files are not read here. */
export function readServerFile(path: string, text: string): ReadFile {
  const lines = new LineCounter()
  if (text.length > maximumCharacters)
    return refuse(path, [wholeFile(`it has more than ${maximumCharacters} characters`)])
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const place = (complaint: Complaint): Problem => toProblem(complaint, { path, document, lines })
  if (document.errors.length > 0) {
    return refuse(
      path,
      document.errors.map(({ message, pos }) => {
        const { line, col } = lines.linePos(pos[0])
        return { ...wholeFile(`not YAML: ${message.split('\n')[0] ?? ''}`), line, column: col }
      }),
    )
  }
  const value = toValue(document)
  if (value === undefined) return refuse(path, [wholeFile('its aliases stand for more than anybody declares')])
  const parsed = serverFile.safeParse(value.content)
  if (!parsed.success) return { kind: 'refused', problems: describeIssues(parsed.error.issues).map(place) }
  const refused = refuseFile(parsed.data)
  return refused.length > 0 ? { kind: 'refused', problems: refused.map(place) } : { kind: 'read', file: parsed.data }
}

/** An empty file declares nothing. The parser throws where aliases stand for too much, before it makes it. */
const toValue = (document: Document): { readonly content: unknown } | undefined => {
  try {
    return { content: (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {} }
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

const refuseFile = ({ all, roles = {}, nodes = {} }: ServerFile): readonly Complaint[] => {
  const places: readonly (readonly [readonly string[], Settings | null | undefined])[] = [
    [['all'], all],
    ...Object.entries(roles).map(([role, settings]) => [['roles', role], settings] as const),
    ...Object.entries(nodes).map(([name, settings]) => [['nodes', name], settings] as const),
  ]
  return places.flatMap(([at, settings]) =>
    settings ? refuseSettings(settings).map(({ key, ...refusal }) => ({ ...refusal, key: [...at, ...key] })) : [],
  )
}

const wholeFile = (message: string): Omit<Problem, 'path'> => ({
  severity: 'error',
  line: 1,
  column: 1,
  key: '',
  message,
})

const refuse = (path: string, problems: readonly Omit<Problem, 'path'>[]): ReadFile => ({
  kind: 'refused',
  problems: problems.map((problem) => ({ ...problem, path })),
})

interface Source {
  readonly path: string
  readonly document: Document
  readonly lines: LineCounter
}

const toProblem = ({ key, message, hint }: Complaint, { path, document, lines }: Source): Problem => {
  const { line, col } = lines.linePos(findOffset(document, key))
  return {
    severity: 'error',
    path,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    key: key.reduce<string>(
      (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
      '',
    ),
    message,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** Where the deepest part of the key stands that is there: its key in a mapping, itself in a list. */
const findOffset = (document: Document, key: readonly (string | number)[]): number => {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of key) {
    const inside: unknown = isAlias(node) ? node.resolve(document) : node
    const pair = isMap(inside)
      ? inside.items.find((each) => isScalar(each.key) && String(each.key.value) === String(step))
      : undefined
    const item: unknown = isSeq(inside) ? inside.items[Number(step)] : undefined
    const anchor: unknown = pair?.key ?? item
    if (!isNode(anchor)) return offset
    offset = anchor.range?.[0] ?? offset
    node = pair?.value ?? item
  }
  return offset
}
