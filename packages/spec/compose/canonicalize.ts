import { describe, parseScalar } from './canonical-scalar.ts'
import type { Budget } from './limits.ts'
import { MAX_NODES } from './limits.ts'
import type { KeyPath, Mapping, Node, Sequence } from './node.ts'
import { countNodes, cutText, isNull, scalarNode, sequenceNode, withValue } from './node.ts'
import { toKeyValues, toPairs } from './pairs.ts'
import type { Rewritten } from './pairs.ts'
import type { Parsed } from './parsed.ts'
import type { Report } from './problem-list.ts'
import type { DictionaryShape, ListShape, RecordShape, ScalarShape, Shape } from './shape.ts'
import { findSimilar } from './similar.ts'

interface Context {
  readonly path: KeyPath
  readonly report: Report
  readonly budget: Budget
}

/**
 * Checks a value against its shape and gives it the canonical form: short forms become long ones, values their
 * canonical text. What is wrong is reported and stays as it is, so that everything wrong is told at once.
 */
export const canonicalize = (node: Node, shape: Shape, context: Context): Node => {
  switch (shape.kind) {
    case 'anything':
      return node
    case 'nullable':
      return isNull(node) ? node : canonicalize(node, shape.shape, context)
    case 'list':
      return canonicalizeList(node, shape, context)
    case 'dictionary':
      return canonicalizeDictionary(node, shape, context)
    case 'record':
      return canonicalizeRecord(node, shape, context)
    case 'key-values':
      return useRewritten(toKeyValues(node, shape), node, context)
    case 'pairs':
      return useRewritten(toPairs(node, shape), node, context)
    case 'words':
      return canonicalizeWords(node, shape.split, context)
    case 'shorthand': {
      const long = shape.expand(node)
      if (long.kind === 'error') return refuse(node, context, { message: long.message })
      const isLonger = long.value !== node
      if (isLonger && !isAffordable(countNodes(long.value), node, context)) return node
      return canonicalize(long.value, shape.long, context)
    }
    case 'forms': {
      const form = shape[node.kind]
      return form === undefined || isNull(node)
        ? refuse(node, context, { message: `must not be ${describe(node)}` })
        : canonicalize(node, form, context)
    }
    default:
      return canonicalizeScalar(node, shape, context)
  }
}

interface Refusal {
  readonly message: string
  readonly hint?: string | undefined
}

const LIST = 'write each item on a line of its own, after "- "'
const MAPPING = 'write KEY: VALUE on lines of their own below it'

const refuse = (node: Node, { path, report }: Context, { message, hint }: Refusal): Node => {
  report({ at: node.at, key: path, message, hint: isNull(node) ? 'give it a value or leave the key out' : hint })
  return node
}

const useRewritten = (rewritten: Rewritten<Node>, node: Node, { path, report }: Context): Node => {
  if (rewritten.kind === 'ok') return { ...rewritten.value, ...(node.mark && { mark: node.mark }) }
  for (const { key, ...fault } of rewritten.faults) report({ ...fault, key: key === undefined ? path : [...path, key] })
  return node
}

const within = (context: Context, key: string | number): Context => ({ ...context, path: [...context.path, key] })

const canonicalizeScalar = (node: Node, shape: ScalarShape, context: Context): Node => {
  if (node.kind !== 'scalar') return refuse(node, context, { message: `must be one value, not ${describe(node)}` })
  const parsed = parseScalar(node, shape)
  if (parsed.kind === 'error') return refuse(node, context, { message: parsed.message, hint: parsed.hint })
  return parsed.value === node.value ? node : withValue(node, parsed.value)
}

const canonicalizeList = (node: Node, shape: ListShape, context: Context): Node => {
  if (node.kind === 'scalar' && shape.takesScalar && node.value !== null) {
    return canonicalizeList(sequenceNode([node], node.at), shape, context)
  }
  if (node.kind !== 'sequence') {
    return refuse(node, context, { message: `must be a list, not ${describe(node)}`, hint: LIST })
  }
  if (shape.isUnique) refuseDuplicates(node, context)
  const filled = shape.dropsEmpty ? node.items.filter((item) => item.kind !== 'scalar' || item.text !== '') : node.items
  const items = filled.flatMap((item, index) => expandItem(item, shape, within(context, index)))
  return { ...node, items: shape.keyOf === undefined ? items : keepLast(items, shape.keyOf) }
}

const expandItem = (item: Node, { item: shape, expandItem: expand }: ListShape, context: Context): readonly Node[] => {
  if (expand === undefined || item.kind !== 'scalar') return [canonicalize(item, shape, context)]
  if (context.budget.nodes < 0) return [item]
  const expanded = expand(item)
  if (expanded.kind === 'error') return [refuse(item, context, { message: expanded.message })]
  return isAffordable((expanded.value.length - 1) * NODES_OF_ITEM, item, context)
    ? expanded.value.map((node) => canonicalize(node, shape, context))
    : [item]
}

/** Takes the values that a short form stands for from what is left of them. */
const isAffordable = (nodes: number, node: Node, context: Context): boolean => {
  context.budget.nodes -= nodes
  if (context.budget.nodes >= 0) return true
  refuse(node, context, { message: `stands for too much: with it the files have more than ${MAX_NODES} values` })
  return false
}

/** What each item of a range of ports becomes: a mapping of four values. */
const NODES_OF_ITEM = 4

const refuseDuplicates = ({ items }: Sequence, context: Context): void => {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    if (item.kind !== 'scalar') continue
    if (seen.has(item.text)) {
      refuse(item, within(context, index), { message: `${describe(item)} stands here twice`, hint: 'keep one' })
    }
    seen.add(item.text)
  }
}

const keepLast = (items: readonly Node[], keyOf: (item: Node) => string | undefined): readonly Node[] => {
  const kept = new Map<string | symbol, Node>()
  for (const item of items) kept.set(keyOf(item) ?? Symbol('no key'), item)
  return [...kept.values()]
}

const canonicalizeDictionary = (node: Node, shape: DictionaryShape, context: Context): Node => {
  if (node.kind !== 'mapping') {
    return refuse(node, context, { message: `must be a mapping, not ${describe(node)}`, hint: MAPPING })
  }
  return changeEntries(node, (value, key) => {
    if (shape.keys?.test(key) === false) {
      return refuse(value, within(context, key), {
        message: `the name ${cutText(key)} is not possible`,
        hint: `use one like ${shape.keys.source}`,
      })
    }
    return canonicalize(value, shape.value, within(context, key))
  })
}

const canonicalizeRecord = (node: Node, shape: RecordShape, context: Context): Node => {
  if (node.kind !== 'mapping') {
    return refuse(node, context, { message: `must be a mapping, not ${describe(node)}`, hint: MAPPING })
  }
  for (const key of shape.required ?? []) {
    if (!node.entries.has(key)) refuse(node, context, { message: `lacks the key ${key}`, hint: `add ${key}:` })
  }
  return changeEntries(node, (value, key) => {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined
    if (field !== undefined) return canonicalize(value, field, within(context, key))
    if (key.startsWith('x-')) return value
    return refuse(value, within(context, key), {
      message: `unknown key ${cutText(key)}`,
      hint: renderAdvice(key, Object.keys(shape.fields)),
    })
  })
}

const renderAdvice = (key: string, known: readonly string[]): string => {
  const similar = findSimilar(key, known)
  return similar === undefined ? 'remove it; data of your own goes under a key that begins with x-' : `write ${similar}`
}

const changeEntries = (mapping: Mapping, change: (node: Node, key: string) => Node): Mapping => ({
  ...mapping,
  entries: new Map([...mapping.entries].map(([key, node]) => [key, change(node, key)])),
})

const canonicalizeWords = (node: Node, split: (text: string) => Parsed<readonly string[]>, context: Context): Node => {
  if (isNull(node)) return node
  if (node.kind === 'sequence') {
    return {
      ...node,
      items: node.items.map((item, index) => canonicalizeScalar(item, { kind: 'text' }, within(context, index))),
    }
  }
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    return refuse(node, context, { message: `must be text or a list of texts, not ${describe(node)}` })
  }
  const words = split(node.value)
  if (words.kind === 'error') return refuse(node, context, { message: words.message })
  if (!isAffordable(words.value.length, node, context)) return node
  const items = words.value.map((word) => scalarNode(word, node.at))
  return { ...sequenceNode(items, node.at), ...(node.mark && { mark: node.mark }) }
}
