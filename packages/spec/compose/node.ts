import type { Position } from '../project.ts'

/** What a YAML tag asks of the merge: forget what earlier files say here, or replace it instead of merging. */
export type Mark = 'reset' | 'override'

interface Placed {
  /** Where its key stands; of an item, where the item begins. */
  readonly at: Position
  readonly mark?: Mark
  /** Not in any file: a default, or what a short form stands for. */
  readonly isFilledIn?: true
}

export type ScalarValue = null | boolean | number | string

/** `text` is the value as compose-go prints it: `1e+06`, `true`; empty for null. */
export interface Scalar extends Placed {
  readonly kind: 'scalar'
  readonly value: ScalarValue
  readonly text: string
}

export interface Sequence extends Placed {
  readonly kind: 'sequence'
  readonly items: readonly Node[]
}

export interface Mapping extends Placed {
  readonly kind: 'mapping'
  readonly entries: ReadonlyMap<string, Node>
}

/** One value of a compose file and where it stands. Never changed: every step makes new ones, so parts may be shared. */
export type Node = Scalar | Sequence | Mapping

/** From the root of the model: `['services', 'web', 'ports', 0]`. */
export type KeyPath = readonly (string | number)[]

export const scalarNode = (value: ScalarValue, at: Position): Scalar => ({
  kind: 'scalar',
  value,
  text: value === null ? '' : String(value),
  at,
})

export const sequenceNode = (items: readonly Node[], at: Position): Sequence => ({ kind: 'sequence', items, at })

export const mappingNode = (entries: Iterable<readonly [string, Node]>, at: Position): Mapping => ({
  kind: 'mapping',
  entries: new Map(entries),
  at,
})

/** The same scalar with another value. */
export const withValue = (node: Scalar, value: ScalarValue): Scalar => ({ ...node, ...scalarNode(value, node.at) })

/** Plain JSON as nodes that all stand at one place: what a short form there stands for. */
export const nodeOf = (value: unknown, at: Position): Node => {
  if (Array.isArray(value)) {
    return sequenceNode(
      value.map((item) => filledNode(item, at)),
      at,
    )
  }
  if (typeof value !== 'object' || value === null) return scalarNode(value as ScalarValue, at)
  const present = Object.entries(value).filter(([, child]) => child !== undefined)
  return mappingNode(
    present.map(([key, child]) => [key, filledNode(child, at)]),
    at,
  )
}

/** Plain JSON that no file holds. */
export const filledNode = (value: unknown, at: Position): Node => ({ ...nodeOf(value, at), isFilledIn: true })

export const isNull = (node: Node): boolean => node.kind === 'scalar' && node.value === null

/** A scalar that is not null: what short forms are. */
export const isFilled = (node: Node): node is Scalar => node.kind === 'scalar' && node.value !== null

/** Values in it, itself among them. */
export const countNodes = (node: Node): number => {
  switch (node.kind) {
    case 'scalar':
      return 1
    case 'sequence':
      return node.items.reduce((count, item) => count + countNodes(item), 1)
    case 'mapping':
      return [...node.entries.values()].reduce((count, entry) => count + countNodes(entry), 1)
  }
}

export const hasMarks = (node: Node): boolean => {
  if (node.mark !== undefined) return true
  const children = node.kind === 'mapping' ? [...node.entries.values()] : node.kind === 'sequence' ? node.items : []
  return children.some(hasMarks)
}

/** Equal values, wherever they stand and in whatever order their keys are. */
export const isEqual = (a: Node, b: Node): boolean => {
  if (a.kind === 'scalar' || b.kind === 'scalar')
    return a.kind === 'scalar' && b.kind === 'scalar' && a.value === b.value
  if (a.kind === 'sequence' || b.kind === 'sequence') {
    const [left, right] = [itemsOf(a), itemsOf(b)]
    return a.kind === b.kind && left.length === right.length && left.every((item, index) => isSame(item, right[index]))
  }
  return a.entries.size === b.entries.size && [...a.entries].every(([key, entry]) => isSame(entry, b.entries.get(key)))
}

const isSame = (a: Node, b: Node | undefined): boolean => b !== undefined && isEqual(a, b)

export const findEntry = (node: Node | undefined, key: string): Node | undefined =>
  node?.kind === 'mapping' ? node.entries.get(key) : undefined

/** The node at a path of keys, where there is one. */
export const findNode = (root: Node | undefined, ...keys: readonly string[]): Node | undefined =>
  keys.reduce<Node | undefined>((node, key) => findEntry(node, key), root)

export const findText = (node: Node | undefined, key: string): string | undefined => {
  const entry = findEntry(node, key)
  return entry?.kind === 'scalar' && typeof entry.value === 'string' ? entry.value : undefined
}

/** Entries of a mapping, none of anything else. */
export const entriesOf = (node: Node | undefined): readonly (readonly [string, Node])[] =>
  node?.kind === 'mapping' ? [...node.entries] : []

export const itemsOf = (node: Node | undefined): readonly Node[] => (node?.kind === 'sequence' ? node.items : [])

/** The mapping with some entries set, or taken away where the change is undefined. */
export const withEntries = (mapping: Mapping, changes: Readonly<Record<string, Node | undefined>>): Mapping => {
  const entries = new Map(mapping.entries)
  for (const [key, node] of Object.entries(changes)) {
    if (node === undefined) entries.delete(key)
    else entries.set(key, node)
  }
  return { ...mapping, entries }
}

/** The mapping with every entry passed through `change`; undefined takes the entry away. */
export const mapEntries = (mapping: Mapping, change: (node: Node, key: string) => Node | undefined): Mapping => {
  const entries = new Map<string, Node>()
  for (const [key, node] of mapping.entries) {
    const changed = change(node, key)
    if (changed !== undefined) entries.set(key, changed)
  }
  return { ...mapping, entries }
}

export const mapItems = (sequence: Sequence, change: (node: Node, index: number) => Node): Sequence => ({
  ...sequence,
  items: sequence.items.map(change),
})

/** Changes what stands under `key` when it is a mapping; all else stays. */
export const mapSection = (root: Mapping, key: string, change: (section: Mapping) => Mapping): Mapping => {
  const section = root.entries.get(key)
  return section?.kind === 'mapping' ? withEntries(root, { [key]: change(section) }) : root
}

/** Longest piece of a key path that is shown whole. */
const MAX_KEY_CHARACTERS = 80

/** A path as people write it: `services.web.ports[0]`. */
export const renderKey = (path: KeyPath): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text ? `${text}.${cutText(key)}` : cutText(key)
  }, '')

/** A text a person wrote, short enough for a message. */
export const cutText = (text: string): string =>
  text.length > MAX_KEY_CHARACTERS ? `${text.slice(0, MAX_KEY_CHARACTERS)}...` : text
