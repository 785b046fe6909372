import type { Placement } from '../app.ts'
import { checkKeys, honoured } from './keys.ts'
import { countOf } from './quantities.ts'
import { at, itemsOf, textOf, textsOf, type Source } from './source.ts'

export const placementKeys = honoured('constraints', 'max_replicas_per_node', 'preferences')

export const placementOf = (source: Source): Placement => {
  checkKeys(source, placementKeys)
  return {
    constraints: [...textsOf(at(source, 'constraints'))].sort(),
    spread: itemsOf(at(source, 'preferences'))
      .map((item) => textOf(at(item, 'spread')))
      .filter((spread) => spread !== undefined),
    maxPerNode: countOf(at(source, 'max_replicas_per_node')) ?? 0,
  }
}
