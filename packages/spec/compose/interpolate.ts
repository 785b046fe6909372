import { MAX_INTERPOLATED_CHARACTERS } from './limits.ts'
import type { LoadContext } from './load-context.ts'
import type { KeyPath, Node, Scalar } from './node.ts'
import { mapEntries, mapItems } from './node.ts'
import { interpolate } from './template.ts'
import type { Lookup } from './template.ts'

interface Interpolation {
  readonly lookup: Lookup
  readonly context: LoadContext
}

/** Puts variables in all texts of a document; keys stay. What the text means is decided when its key is checked. */
export const interpolateDocument = (document: Node, lookup: Lookup, context: LoadContext): Node =>
  interpolateNode(document, [], { lookup, context })

const interpolateNode = (node: Node, path: KeyPath, scope: Interpolation): Node => {
  switch (node.kind) {
    case 'mapping':
      return mapEntries(node, (entry, key) => interpolateNode(entry, [...path, key], scope))
    case 'sequence':
      return mapItems(node, (item, index) => interpolateNode(item, [...path, index], scope))
    case 'scalar':
      return typeof node.value === 'string' && node.value.includes('$') ? interpolateText(node, path, scope) : node
  }
}

const interpolateText = (node: Scalar, key: KeyPath, { lookup, context }: Interpolation): Scalar => {
  const { budget, report, unset } = context
  const result = interpolate(node.text, lookup)
  if (result.kind === 'error') {
    report({ at: node.at, key, message: result.message })
    return node
  }
  budget.interpolatedCharacters -= result.value.length
  if (budget.interpolatedCharacters < 0) {
    report({ at: node.at, key, message: `variables make more than ${MAX_INTERPOLATED_CHARACTERS} characters` })
    return node
  }
  for (const name of result.unset) {
    if (unset.has(name)) continue
    unset.add(name)
    const message = `the variable ${name} is not set and taken as empty`
    report({ at: node.at, key, message, hint: `set it, or write \${${name}:-default}`, severity: 'warning' })
  }
  return { ...node, value: result.value, text: result.value }
}
