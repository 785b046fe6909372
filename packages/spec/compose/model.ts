import type { ComposeModel, ComposeValue, Position } from '../project.ts'
import type { KeyPath, Mapping, Node } from './node.ts'
import type { ScalarShape, Shape } from './shape.ts'
import { composeFile } from './shapes/compose-file.ts'

/** Keys of the file that are spent once it is loaded; compose-go prints no models either. */
const SPENT = new Set(['include', 'version', 'models'])

/** The canonical model as plain JSON: what means the same as absent is left out, services are always there. */
export const toModel = (tree: Mapping, projectName: string): ComposeModel => {
  const sections = [...tree.entries].flatMap(([key, node]) => {
    if (SPENT.has(key)) return []
    const value = toValue(node, composeFile.fields[key])
    return isEmpty(value) && !key.startsWith('x-') ? [] : [[key, value]]
  })
  return { services: {}, ...Object.fromEntries(sections), name: projectName } as ComposeModel
}

const toValue = (node: Node, shape: Shape | undefined): ComposeValue => {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'sequence':
      return node.items.map((item) => toValue(item, itemShape(shape)))
    case 'mapping':
      return Object.fromEntries(entriesOf(node, unwrap(shape)))
  }
}

const entriesOf = (node: Mapping, shape: Shape | undefined): readonly (readonly [string, ComposeValue])[] => {
  if (shape?.kind !== 'record') {
    return [...node.entries].map(([key, entry]) => [
      key,
      toValue(entry, shape?.kind === 'dictionary' ? shape.value : undefined),
    ])
  }
  return [...node.entries].flatMap(([key, entry]) => {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined
    if (field === undefined) return []
    const value = toValue(entry, field)
    return isEmpty(value) || isImplied(value, field) ? [] : [[key, value] as const]
  })
}

/** The shape that a value has once it is canonical. */
const unwrap = (shape: Shape | undefined): Shape | undefined => {
  switch (shape?.kind) {
    case 'nullable':
      return unwrap(shape.shape)
    case 'shorthand':
      return unwrap(shape.long)
    case 'forms':
      return unwrap(shape.mapping)
    default:
      return shape
  }
}

const itemShape = (shape: Shape | undefined): Shape | undefined => {
  const canonical = unwrap(shape)
  return canonical?.kind === 'list' ? canonical.item : undefined
}

const isEmpty = (value: ComposeValue): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

const isImplied = (value: ComposeValue, shape: Shape): boolean => {
  const canonical = unwrap(shape) as ScalarShape | undefined
  switch (canonical?.kind) {
    case 'flag':
      return value === canonical.implied || canonical.isMute === true
    case 'number':
      return value === 0 && !canonical.keepsZero
    case 'bytes':
      return value === '0'
    case 'duration':
      return value === '0s' && !canonical.keepsZero
    default:
      return false
  }
}

/** Where a key of the model stands in the files, or the nearest key around it. */
export const locate = (tree: Mapping, path: KeyPath): Position => {
  let node: Node = tree
  for (const key of path) {
    const next = findChild(node, key)
    if (next === undefined) break
    node = next
  }
  return node.at
}

/** True when a key of the model stands in a file itself. */
export const isWritten = (tree: Mapping, path: KeyPath): boolean => {
  let node: Node | undefined = tree
  for (const key of path) {
    node = findChild(node, key)
    if (node === undefined || node.isFilledIn) return false
  }
  return true
}

const findChild = (node: Node, key: string | number): Node | undefined =>
  node.kind === 'mapping'
    ? node.entries.get(String(key))
    : node.kind === 'sequence'
      ? node.items[Number(key)]
      : undefined
