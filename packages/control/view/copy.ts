import { watchCollections } from '@atoll/deploy'
import type { Document } from '@atoll/store'
import { openReplica } from '@atoll/store/replica'
import type { Replica } from '@atoll/store/replica'
import { collections as people } from '../auth/records.ts'
import { collections as certificates } from '../certificates/records.ts'

/** The newest revisions of the documents that reads need, in memory. */
export interface DocumentsCopy {
  /** Since it was known to be complete; Infinity when it never was, or when this collection is none of it. */
  ageMs(collection: string): number
  /** Of the oldest part. */
  worstAgeMs(): number
  find<T>(collection: string, id: string): Document<T> | undefined
  list<T>(collection: string, query: { readonly prefix?: string }): readonly Document<T>[]
}

const small = [
  people.person,
  people.session,
  people.token,
  people.team,
  'environment',
  ...Object.values(watchCollections),
  ...Object.values(certificates),
] as const
const large = ['release', 'deployment'] as const

/** A list of everything is as large as all history, so of what is large it is rare; events tell the rest. */
const largeLimits = { listEveryMs: 600_000, maxDocuments: 60_000 } as const

/**
 * Two replicas, so that releases beyond the limit of a replica do not cost those who ask their sign-in. They cost the engine a
 * stream of events and an empty list every five seconds each.
 */
export const openDocumentsCopy = (
  api: Parameters<typeof openReplica>[0]['api'],
): DocumentsCopy & AsyncDisposable & Pick<Replica, 'refresh'> => {
  const clock = { now: () => performance.now() }
  const replicas = [
    { kept: small, replica: openReplica({ api, clock, collections: small }) },
    { kept: large, replica: openReplica({ api, clock, collections: large, limits: largeLimits }) },
  ] as const
  const pick = (collection: string): Replica | undefined =>
    replicas.find(({ kept }) => (kept as readonly string[]).includes(collection))?.replica
  return {
    ageMs: (collection) => pick(collection)?.ageMs() ?? Infinity,
    worstAgeMs: () => Math.max(...replicas.map(({ replica }) => replica.ageMs())),
    find: <T>(collection: string, id: string) => pick(collection)?.find<T>(collection, id),
    list: <T>(collection: string, query: { readonly prefix?: string }) =>
      pick(collection)?.list<T>(collection, query) ?? [],
    refresh: async (signal) => void (await Promise.all(replicas.map(({ replica }) => replica.refresh(signal)))),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(replicas.map(({ replica }) => replica[Symbol.asyncDispose]()))
    },
  }
}

/** Knows nothing: everything is asked of the engine. */
export const emptyCopy: DocumentsCopy = {
  ageMs: () => Infinity,
  worstAgeMs: () => Infinity,
  find: () => undefined,
  list: () => [],
}
