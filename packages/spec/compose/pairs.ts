import type { Mapping, Node } from './node.ts'
import { mappingNode, scalarNode, sequenceNode, withValue } from './node.ts'
import type { Parsed } from './parsed.ts'
import { renderQuoted } from './parsed.ts'
import type { KeyValuesShape, PairsShape } from './shape.ts'

/** The two ways of compose files to write keys with values: a list of `KEY=VALUE` and a mapping. */
const cut = (text: string): readonly [string, string | undefined] => {
  const at = text.indexOf('=')
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** A list of `KEY=VALUE` as a mapping, the last of a key wins; a mapping with its values as text. */
export const toKeyValues = (node: Node, { missing }: KeyValuesShape): Parsed<Mapping> => {
  if (node.kind === 'scalar') return { kind: 'error', message: 'must be a mapping or a list of KEY=VALUE' }
  const entries = new Map<string, Node>()
  if (node.kind === 'sequence') {
    for (const item of node.items) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') return notAPair(item)
      const [key, value] = cut(item.value)
      if (missing === null && key.trimEnd() !== key) {
        return { kind: 'error', message: `the name ${renderQuoted(key)} ends in a space; remove it` }
      }
      entries.set(key, scalarNode(value ?? missing, item.at))
    }
    return { kind: 'ok', value: mappingNode(entries, node.at) }
  }
  for (const [key, value] of node.entries) {
    if (value.kind !== 'scalar') {
      return { kind: 'error', message: `the value of ${key} must be text, a number, true, false or empty` }
    }
    entries.set(key, withValue(value, value.value === null ? missing : value.text))
  }
  return { kind: 'ok', value: { ...node, entries } }
}

const notAPair = (item: Node): Parsed<never> => ({
  kind: 'error',
  message: `its items must be written KEY=VALUE, line ${item.at.line} is not`,
})

/** A mapping as a list of `KEY=VALUE`, in the order of its keys; every pair in the form `parse` gives it. */
export const toPairs = (node: Node, shape: PairsShape): Parsed<Node> => {
  const raw = rawPairs(node, shape.takesScalar === true)
  if (raw === undefined) return { kind: 'error', message: 'must be a list of texts or a mapping' }
  const items = new Map<string, Node>()
  for (const { text, at } of raw) {
    const parsed = shape.parse(text)
    if (parsed.kind === 'error') return parsed
    if (!items.has(parsed.value)) items.set(parsed.value, scalarNode(parsed.value, at))
  }
  const ordered = shape.isSorted ? [...items.keys()].sort() : [...items.keys()]
  return {
    kind: 'ok',
    value: sequenceNode(
      ordered.flatMap((text) => items.get(text) ?? []),
      node.at,
    ),
  }
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
