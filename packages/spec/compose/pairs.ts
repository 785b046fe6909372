import type { Position } from '../project.ts'
import { describe } from './canonical-scalar.ts'
import type { Mapping, Node, Sequence } from './node.ts'
import { mappingNode, scalarNode, sequenceNode, withValue } from './node.ts'
import { renderQuoted } from './parsed.ts'
import type { KeyValuesShape, PairsShape } from './shape.ts'

/** What is wrong with one entry, or with the whole where `key` is absent. */
export interface Fault {
  readonly message: string
  readonly hint?: string
  readonly key?: string | number
  readonly at: Position
}

/** One of the two ways to write keys with values, made the other; or everything that is wrong with it. */
export type Rewritten<T extends Node> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'error'; readonly faults: readonly Fault[] }

const rewritten = <T extends Node>(value: T, faults: readonly Fault[]): Rewritten<T> =>
  faults.length === 0 ? { kind: 'ok', value } : { kind: 'error', faults }

const wholeFault = (node: Node, message: string): Rewritten<never> => ({
  kind: 'error',
  faults: [{ message, at: node.at }],
})

/** `KEY=VALUE`; without `=` there is no value. */
const cut = (text: string): readonly [string, string | undefined] => {
  const at = text.indexOf('=')
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** A list of `KEY=VALUE` as a mapping, the last of a key wins; a mapping with its values as text. */
export const toKeyValues = (node: Node, shape: KeyValuesShape): Rewritten<Mapping> => {
  switch (node.kind) {
    case 'scalar':
      return wholeFault(node, `must be a mapping or a list of KEY=VALUE, not ${describe(node)}`)
    case 'sequence':
      return fromList(node, shape)
    case 'mapping':
      return fromMapping(node, shape)
  }
}

const fromList = (node: Sequence, { missing }: KeyValuesShape): Rewritten<Mapping> => {
  const entries = new Map<string, Node>()
  const faults: Fault[] = []
  for (const [index, item] of node.items.entries()) {
    const [key, value] = item.kind === 'scalar' ? cut(item.text) : ['', undefined]
    if (item.kind !== 'scalar' || typeof item.value !== 'string') {
      faults.push({ message: `must be written KEY=VALUE, not as ${describe(item)}`, key: index, at: item.at })
    } else if (missing === null && key.trimEnd() !== key) {
      const message = `the name ${renderQuoted(key)} ends in a space`
      faults.push({ message, hint: 'remove the space before =', key: index, at: item.at })
    }
    entries.set(key, scalarNode(value ?? missing, item.at))
  }
  return rewritten(mappingNode(entries, node.at), faults)
}

const fromMapping = (node: Mapping, { missing }: KeyValuesShape): Rewritten<Mapping> => {
  const entries = new Map<string, Node>()
  const faults: Fault[] = []
  for (const [key, value] of node.entries) {
    if (value.kind === 'scalar') entries.set(key, withValue(value, value.value === null ? missing : value.text))
    else faults.push({ message: `must be one value, not ${describe(value)}`, key, at: value.at })
  }
  return rewritten({ ...node, entries }, faults)
}

/** A mapping as a list of `KEY=VALUE`, in the order of its keys; every pair in the form `parse` gives it. */
export const toPairs = (node: Node, shape: PairsShape): Rewritten<Sequence> => {
  const raw = rawPairs(node, shape.takesScalar === true)
  if (raw === undefined) return wholeFault(node, `must be a list of texts or a mapping, not ${describe(node)}`)
  const items = new Map<string, Node>()
  const faults: Fault[] = []
  for (const { text, at } of raw) {
    const parsed = shape.parse(text)
    if (parsed.kind === 'error') faults.push({ message: parsed.message, at })
    else if (!items.has(parsed.value)) items.set(parsed.value, scalarNode(parsed.value, at))
  }
  const ordered = shape.isSorted ? [...items.keys()].sort() : [...items.keys()]
  return rewritten(
    sequenceNode(
      ordered.flatMap((text) => items.get(text) ?? []),
      node.at,
    ),
    faults,
  )
}

type Pair = { readonly text: string; readonly at: Node['at'] }

const rawPairs = (node: Node, takesScalar: boolean): readonly Pair[] | undefined => {
  if (node.kind === 'scalar') {
    return takesScalar && typeof node.value === 'string' ? [{ text: node.value, at: node.at }] : undefined
  }
  if (node.kind === 'sequence') {
    const isRight = node.items.every((item) => item.kind === 'scalar' && typeof item.value === 'string')
    return isRight
      ? node.items.map((item) => ({ text: item.kind === 'scalar' ? item.text : '', at: item.at }))
      : undefined
  }
  return [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, value]) => pairsOf(key, value))
}

const pairsOf = (key: string, value: Node): readonly Pair[] => {
  if (value.kind === 'sequence') return value.items.flatMap((item) => pairsOf(key, item))
  if (value.kind === 'mapping') return []
  return [{ text: value.value === null ? key : `${key}=${value.text}`, at: value.at }]
}
