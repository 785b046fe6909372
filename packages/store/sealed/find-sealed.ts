import { isSealed } from './seals.ts'
import type { Sealed } from './seals.ts'

/** Every sealed value in plain JSON, however deep. Needs no key: a sealed value names the one it was sealed with. */
export const findSealed = (value: unknown): readonly Sealed[] => {
  if (isSealed(value)) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(findSealed)
}
