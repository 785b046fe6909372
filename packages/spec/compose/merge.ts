import { describe } from './canonical-scalar.ts'
import type { KeyPath, Mapping, Node, Sequence } from './node.ts'
import { findEntry, isNull, mapEntries, mappingNode, sequenceNode } from './node.ts'
import { toKeyValues, toPairs } from './pairs.ts'
import type { Report } from './problem-list.ts'
import type { ListShape, Shape } from './shape.ts'

export interface MergeContext {
  readonly path: KeyPath
  readonly report: Report
  /** The result is merged over earlier files too, so `!reset` and `!override` must still be seen there. */
  readonly keepsMarks?: boolean
}

/**
 * The value of two files, the second over the first, by the merge rules of the Compose Specification: mappings key by
 * key, lists one after the other, all else replaced; `!reset` forgets, `!override` replaces. The shape knows what is
 * special of a key. A value that cannot be merged is reported.
 */
export const mergeNodes = (base: Node, overlay: Node, shape: Shape | undefined, context: MergeContext): Node => {
  if (overlay.mark === 'override') return context.keepsMarks ? overlay : withoutMarks(overlay)
  switch (shape?.kind) {
    case 'nullable':
      return mergeNodes(base, overlay, shape.shape, context)
    case 'words':
      return overlay
    case 'shorthand':
      return mergeLong(base, overlay, [shape.expand(base), shape.expand(overlay)], { context, shape: shape.long })
    case 'key-values':
      return mergeLong(base, overlay, [toKeyValues(base, shape), toKeyValues(overlay, shape)], {
        context,
        shape: undefined,
      })
    case 'pairs':
      return mergeLong(base, overlay, [toPairs(base, shape), toPairs(overlay, shape)], { context, shape: undefined })
    default:
      return mergeByKind(base, overlay, shape, context)
  }
}

type Long = { readonly kind: 'ok'; readonly value: Node } | { readonly kind: 'error' }

/** Both in their long form; where one has none, it stays short and is refused later, when it is checked. */
const mergeLong = (
  base: Node,
  overlay: Node,
  [longBase, longOverlay]: readonly [Long, Long],
  { context, shape }: { readonly context: MergeContext; readonly shape: Shape | undefined },
): Node => {
  if (isNull(overlay)) return base
  if (longBase.kind === 'error' || longOverlay.kind === 'error') return overlay
  return mergeNodes(longBase.value, longOverlay.value, shape, context)
}

const mergeByKind = (base: Node, overlay: Node, shape: Shape | undefined, context: MergeContext): Node => {
  if (isNull(overlay)) return base
  if (shape?.kind === 'record' && shape.isReplaced?.(base, overlay)) return withoutMarks(overlay)
  if (base.kind === 'mapping' && overlay.kind === 'mapping') return mergeMappings(base, overlay, shape, context)
  if (shape?.kind === 'list') return mergeLists(toList(base, shape), toList(overlay, shape), shape, context)
  if (base.kind === 'sequence' && overlay.kind === 'sequence') return concatenate(base, overlay)
  const isScalarBase = base.kind === 'scalar' && (shape?.kind !== 'record' || isNull(base))
  if (!isScalarBase && shape?.kind !== 'forms') refuseMerge(base, overlay, context)
  return overlay
}

const refuseMerge = (base: Node, overlay: Node, { path, report }: MergeContext): void =>
  report({
    at: overlay.at,
    key: path,
    message: `cannot be merged: here stands ${describe(overlay)}, in ${base.at.path} on line ${base.at.line} ${describe(base)}`,
    hint: 'write both in the same form, or !override here',
  })

const toList = (node: Node, shape: ListShape): Node =>
  node.kind === 'scalar' && shape.takesScalar ? sequenceNode([node], node.at) : node

const mergeLists = (base: Node, overlay: Node, shape: ListShape, context: MergeContext): Node => {
  if (base.kind !== 'sequence' || overlay.kind !== 'sequence') return mergeByKind(base, overlay, undefined, context)
  if (shape.mergeBy !== undefined) return mergeItems(base, overlay, shape.mergeBy, context)
  return concatenate(base, shape.isUnique ? withoutKnown(base, overlay) : overlay)
}

/** A list that takes each text once may be repeated by a later file. */
const withoutKnown = (base: Sequence, overlay: Sequence): Sequence => {
  const known = new Set(base.items.map((item) => (item.kind === 'scalar' ? item.text : undefined)))
  return { ...overlay, items: overlay.items.filter((item) => item.kind !== 'scalar' || !known.has(item.text)) }
}

const concatenate = (base: Sequence, overlay: Sequence): Sequence => ({
  ...overlay,
  items: [...base.items, ...overlay.items.map(withoutMarks)],
})

/** Keeps the items of the overlay; each over the item of the base that is equal under `key`. */
const mergeItems = (base: Sequence, overlay: Sequence, key: string, context: MergeContext): Node => ({
  ...overlay,
  items: overlay.items.map((item, index) => {
    const same = base.items.find((candidate) => isSame(findEntry(candidate, key), findEntry(item, key)))
    return same === undefined ? item : mergeNodes(same, item, undefined, { ...context, path: [...context.path, index] })
  }),
})

const isSame = (a: Node | undefined, b: Node | undefined): boolean =>
  a === undefined ? b === undefined : a.kind === 'scalar' && b?.kind === 'scalar' && a.text === b.text

const mergeMappings = (base: Mapping, overlay: Mapping, shape: Shape | undefined, context: MergeContext): Mapping => {
  const entries = new Map(base.entries)
  for (const [key, node] of overlay.entries) {
    const earlier = entries.get(key)
    const isReset = node.mark === 'reset'
    if (isReset && !context.keepsMarks) entries.delete(key)
    else if (earlier === undefined || isReset) entries.set(key, context.keepsMarks ? node : withoutMarks(node))
    else entries.set(key, mergeNodes(earlier, node, shapeOf(shape, key), { ...context, path: [...context.path, key] }))
  }
  return { ...overlay, entries }
}

const shapeOf = (shape: Shape | undefined, key: string): Shape | undefined => {
  switch (shape?.kind) {
    case 'record':
      return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined
    case 'dictionary':
      return shape.value
    case 'forms':
      return shape.mapping && shapeOf(shape.mapping, key)
    default:
      return undefined
  }
}

/** What is left when no earlier file is there to be reset or overridden. */
export const withoutMarks = (node: Node): Node => {
  const { mark: _, ...plain } = node
  if (plain.kind === 'mapping') {
    return mapEntries(plain, (entry) => (entry.mark === 'reset' ? undefined : withoutMarks(entry)))
  }
  return plain.kind === 'sequence' ? { ...plain, items: plain.items.map(withoutMarks) } : plain
}

export const emptyMapping = (at: Node['at']): Mapping => mappingNode([], at)
