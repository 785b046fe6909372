import type { Service } from '../app.ts'
import { entriesOf, isMapping, numberOf, at, type Source } from './source.ts'

/** Compose `ulimits`, sorted by name: one number is both limits. */
export const ulimitsOf = (source: Source): Service['ulimits'] =>
  entriesOf(source).map(([name, limit]) => {
    if (!isMapping(limit.value)) return { name, soft: numberOf(limit) ?? 0, hard: numberOf(limit) ?? 0 }
    return { name, soft: numberOf(at(limit, 'soft')) ?? 0, hard: numberOf(at(limit, 'hard')) ?? 0 }
  })
