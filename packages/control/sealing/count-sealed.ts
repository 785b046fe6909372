import type { Documents } from '@atoll/store'
import { findSealed } from '@atoll/store/sealed'
import { sealedCollections } from './sealed-collections.ts'

export interface SealedCount {
  /** Values by the id of the key they are sealed with. */
  readonly byKey: Readonly<Record<string, number>>
  /** `person/ann`: documents that hold one under another key than the one asked for. */
  readonly others: readonly string[]
}

/** What is sealed with which key. Sealed values name their key, so it takes none to count them. */
export const countSealed = async (
  { documents }: { readonly documents: Documents },
  key: string | undefined,
  signal: AbortSignal,
): Promise<SealedCount> => {
  const byKey: Record<string, number> = {}
  const others: string[] = []
  for (const { collection } of sealedCollections) {
    for (const { id, value } of await documents.list(collection, {}, signal)) {
      const sealed = findSealed(value)
      for (const found of sealed) byKey[found.key] = (byKey[found.key] ?? 0) + 1
      if (sealed.some((found) => found.key !== key)) others.push(`${collection}/${id}`)
    }
  }
  return { byKey, others }
}
