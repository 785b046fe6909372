import type { Documents } from '@atoll/store'
import type { AuditEntry } from './chain.ts'
import { closedOf, readHead, readSegment } from './ledger.ts'

type Store = { readonly documents: Documents }

/** From the entry before `before` on, or from the newest; one segment is in memory at a time. */
export async function* readNewestFirst(
  store: Store,
  before: number,
  signal: AbortSignal,
): AsyncGenerator<AuditEntry, void> {
  const head = (await readHead(store, signal))?.value
  if (head === undefined) return
  yield* head.open.toReversed().filter(({ sequence }) => sequence < before)
  const last = Math.min(closedOf(head) - 1, Math.floor((before - 1 - head.base) / head.size))
  for (let number = last; number >= head.oldest; number -= 1) {
    const entries = (await readSegment(store, number, signal))?.entries ?? []
    yield* entries.toReversed().filter(({ sequence }) => sequence < before)
  }
}

/** The whole chain. What becomes a segment while it is read is read as one: the head is looked at again after each. */
export async function* readOldestFirst(store: Store, signal: AbortSignal): AsyncGenerator<AuditEntry, void> {
  let told = 0
  for (let next = 0; ; next += 1) {
    const head = (await readHead(store, signal))?.value
    if (head === undefined) return
    next = Math.max(next, head.oldest)
    if (next >= closedOf(head)) return yield* head.open.filter(({ sequence }) => sequence > told)
    const entries = (await readSegment(store, next, signal))?.entries ?? []
    yield* entries
    told = entries.at(-1)?.sequence ?? told
  }
}
