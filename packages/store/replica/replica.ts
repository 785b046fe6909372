import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import type { ConfigsApi } from '../swarm/configs-api.ts'
import { keepFresh } from './keep-fresh.ts'
import type { Keeper } from './keep-fresh.ts'
import { limits as defaultLimits } from './limits.ts'
import type { ReplicaLimits } from './limits.ts'
import { createShelf } from './shelf.ts'
import type { Shelf } from './shelf.ts'
import { watchShelf } from './watch-shelf.ts'
import type { Change } from './watch-shelf.ts'

interface Options {
  readonly api: ConfigsApi
  /** Milliseconds; only differences count, so one that never jumps is best. */
  readonly clock: { now(): number }
  /** Kept in the copy; all when absent. Asking for another one is a bug. */
  readonly collections?: readonly string[]
  readonly limits?: Partial<ReplicaLimits>
}

interface Freshness {
  readonly maxAgeMs: number
  /** How long to wait for the engine when the copy is older. Default 2 s. */
  readonly waitMs?: number
}

export interface Reading<T> {
  readonly document: Document<T> | undefined
  readonly ageMs: number
  /** The engine did not answer in time: the document may be older than was asked for. */
  readonly isStale: boolean
}

/** The newest revision of documents, in memory. Documents are frozen, and never go back to an older revision. */
export interface Replica extends AsyncDisposable {
  /**
   * Time since the copy was last known to be complete: all was listed, or the leader answered while events came without
   * a break. What an unbroken stream of events left out in silence is seen with the next list, `listEveryMs` later at
   * most. Grows while the engine is away; Infinity before the first list.
   */
  ageMs(): number
  /** Why the copy was not renewed last time; undefined when it was. */
  problem(): StoreError | undefined
  /** At once. StoreError `corrupt` or `newer-format` when its newest revision cannot be read. */
  find<T>(collection: string, id: string): Document<T> | undefined
  /** At once, by id; `prefix` narrows to ids that begin so. Throws as find does. */
  list<T>(collection: string, query?: { readonly prefix?: string }): readonly Document<T>[]
  /**
   * From the copy when it is fresh enough; else of the engine; when that does not answer within the wait, from the copy,
   * marked stale. StoreError `unreachable` when there is no copy yet either; or as find does.
   */
  read<T>(collection: string, id: string, freshness: Freshness, signal: AbortSignal): Promise<Reading<T>>
  /** What is there, then what changes. Who reads slowly gets the newest of each document, never a queue. */
  watch(query: { readonly collection?: string; readonly prefix?: string }, signal: AbortSignal): AsyncIterable<Change>
  /** Lists everything now. StoreError when it fails. */
  refresh(signal: AbortSignal): Promise<void>
}

/** A copy of documents, kept by the engine's config events and by lists, until it is disposed. */
export const openReplica = ({ api, clock, collections, limits: given }: Options): Replica => {
  const limits = { ...defaultLimits, ...given }
  const stop = new AbortController()
  const shelf = createShelf(collections, limits)
  const keeper = keepFresh({ api, clock, shelf, collections, limits }, stop.signal)
  const ageMs = (): number => Math.max(0, clock.now() - keeper.knownAtMs())
  const reader: Reader = { find: shelf.find, ageMs, lookAgain: keeper.lookAgain }
  return {
    ageMs,
    problem: keeper.problem,
    find: shelf.find,
    list: shelf.list,
    read: (collection, id, freshness, signal) => read(reader, { collection, id, ...freshness }, signal),
    watch: (query, signal) => watchShelf(shelf, query, AbortSignal.any([signal, stop.signal])),
    refresh: async (signal) => {
      const outcome = await keeper.listAgain(signal)
      if (outcome !== 'seen') throw keeper.problem() ?? unreachable('list all documents', 'in time')
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await keeper.ended
    },
  }
}

interface Reader {
  readonly find: Shelf['find']
  readonly ageMs: () => number
  readonly lookAgain: Keeper['lookAgain']
}

const read = async <T>(
  { find, ageMs, lookAgain }: Reader,
  { collection, id, maxAgeMs, waitMs = 2_000 }: Freshness & { readonly collection: string; readonly id: string },
  signal: AbortSignal,
): Promise<Reading<T>> => {
  if (ageMs() <= maxAgeMs) return { document: find<T>(collection, id), ageMs: ageMs(), isStale: false }
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  const outcome = await lookAgain({ collection, id }, waiting)
  if (outcome === 'seen') return { document: find<T>(collection, id), ageMs: 0, isStale: false }
  if (ageMs() === Infinity) throw unreachable(`read ${collection} ${id}`, 'in time, and there is no copy yet')
  return { document: find<T>(collection, id), ageMs: ageMs(), isStale: ageMs() > maxAgeMs }
}

const unreachable = (doing: string, what: string): StoreError =>
  new StoreError('unreachable', `${doing}: the engine did not answer ${what}; try again`, { retry: true })
