import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import type { DocumentKey } from '../swarm/names.ts'
import type { ReplicaLimits } from './limits.ts'

/** The newest revision of a document as the engine last showed it: read, or why it cannot be. */
export interface Seen extends DocumentKey {
  readonly revision: number
  /** The place of its creation in the Raft's log. */
  readonly index: number
  readonly bytes: number
  readonly content: Document | StoreError
}

export interface Shelf {
  /** Whether a collection is kept at all. */
  readonly keeps: (collection: string) => boolean
  readonly find: <T>(collection: string, id: string) => Document<T> | undefined
  readonly list: <T>(collection: string, query?: { readonly prefix?: string }) => readonly Document<T>[]
  /** By the name of the document's configs without the revision. */
  readonly get: (name: string) => Seen | undefined
  readonly names: () => readonly string[]
  /** Takes over what was seen of a name, or that nothing was; what is older than what is there is left out. */
  readonly put: (name: string, seen: Seen | undefined) => void
  /** Calls `listener` with each name that changes, until the function given back is called. */
  readonly listen: (listener: (name: string) => void) => () => void
}

type Collection = Map<string, Seen>

/** What a replica holds. `put` throws StoreError `too-large` when it would be more than the limits allow. */
export const createShelf = (kept: readonly string[] | undefined, limits: ReplicaLimits): Shelf => {
  const byName = new Map<string, Seen>()
  const collections = new Map<string, Collection>()
  const sortedIds = new Map<string, readonly string[]>()
  const listeners = new Set<(name: string) => void>()
  /** Places of those that were taken away last: what lags behind shows older ones of them again. */
  const gone = new Map<string, number>()
  let bytes = 0
  const keeps = (collection: string): boolean => kept?.includes(collection) ?? true
  const get = (collection: string): Collection | undefined => {
    if (!keeps(collection)) throw new Error(`bug: ${collection} is not among the collections of this replica`)
    return collections.get(collection)
  }
  const place = (name: string, seen: Seen): void => {
    const held = byName.get(name)
    if (held === undefined) sortedIds.delete(seen.collection)
    const collection = collections.get(seen.collection) ?? new Map<string, Seen>()
    collections.set(seen.collection, collection.set(seen.id, seen))
    byName.set(name, seen)
    gone.delete(name)
    bytes += seen.bytes - (held?.bytes ?? 0)
  }
  const take = (name: string, held: Seen): void => {
    byName.delete(name)
    collections.get(held.collection)?.delete(held.id)
    sortedIds.delete(held.collection)
    bytes -= held.bytes
    gone.set(name, held.index)
    const [oldest] = gone.keys()
    if (gone.size > limits.maxDocuments && oldest !== undefined) gone.delete(oldest)
  }
  return {
    keeps,
    find: <T>(collection: string, id: string) => openSeen<T>(get(collection)?.get(id)),
    list: <T>(collection: string, { prefix = '' }: { readonly prefix?: string } = {}) => {
      const documents = get(collection) ?? new Map<string, Seen>()
      const ids = sortedIds.get(collection) ?? [...documents.keys()].sort()
      sortedIds.set(collection, ids)
      return sliceByPrefix(ids, prefix).flatMap((id) => openSeen<T>(documents.get(id)) ?? [])
    },
    get: (name) => byName.get(name),
    names: () => [...byName.keys()],
    put: (name, seen) => {
      const held = byName.get(name)
      // The engine numbers what it makes: an answer of a manager that lags behind shows a smaller number.
      if (held?.index === seen?.index || (seen !== undefined && seen.index < (held?.index ?? gone.get(name) ?? 0)))
        return
      if (seen === undefined && held !== undefined) take(name, held)
      if (seen !== undefined) {
        const next = { documents: byName.size + (held === undefined ? 1 : 0), bytes: bytes + seen.bytes }
        refuseTooMuch({ ...next, bytes: next.bytes - (held?.bytes ?? 0) }, limits)
        place(name, seen)
      }
      for (const listener of listeners) listener(name)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Throws what stands in the place of a document that cannot be read. */
const openSeen = <T>(seen: Seen | undefined): Document<T> | undefined => {
  if (seen?.content instanceof StoreError) throw seen.content
  return seen?.content as Document<T> | undefined
}

const refuseTooMuch = (next: { readonly documents: number; readonly bytes: number }, limits: ReplicaLimits): void => {
  if (next.documents <= limits.maxDocuments && next.bytes <= limits.maxBytes) return
  const message = `copy documents: ${next.documents} of ${next.bytes} bytes; ${limits.maxDocuments} of ${limits.maxBytes} are the limit`
  throw new StoreError('too-large', message)
}

/** Of sorted ids those that begin with the prefix. */
const sliceByPrefix = (ids: readonly string[], prefix: string): readonly string[] => {
  if (prefix === '') return ids
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? '') < prefix) low = middle + 1
    else high = middle
  }
  const end = ids.findIndex((id, index) => index >= low && !id.startsWith(prefix))
  return ids.slice(low, end === -1 ? ids.length : end)
}
