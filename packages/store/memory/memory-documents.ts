import { isDeepStrictEqual } from 'node:util'
import { sortRevisions } from '../archive.ts'
import type { Archive } from '../archive.ts'
import { createBell } from '../bell.ts'
import type { Bell } from '../bell.ts'
import type { Document, Documents } from '../documents.ts'
import { ConflictError, StoreError } from '../errors.ts'
import { keptRevisionsOf } from '../kept-revisions.ts'
import { renderPlainJson } from '../plain-json.ts'
import { watchDocument } from '../watch-document.ts'

interface Options {
  /** Milliseconds since 1970. */
  readonly clock: { now(): number }
}

/** A revision as it is kept: text, so that nobody changes it from outside. */
type Kept = Omit<Document, 'value'> & { readonly json: string }

interface Shelf {
  readonly clock: Options['clock']
  /** By `collection/id`, oldest revision first. */
  readonly revisions: Map<string, readonly Kept[]>
  readonly bells: Set<Bell>
}

/** Documents of one process, for tests and rehearsals: the same contract, gone with the process. */
export const createMemoryDocuments = ({ clock }: Options): Documents & { readonly archive: Archive } => {
  const shelf: Shelf = { clock, revisions: new Map(), bells: new Set() }
  const find = async <T>(collection: string, id: string, signal: AbortSignal): Promise<Document<T> | undefined> =>
    (await readHistory<T>(shelf, `${collection}/${id}`, signal))[0]
  return {
    put: (collection, id, write, signal) => put(shelf, { collection, id, ...write }, signal),
    find,
    list: async <T>(collection: string, { prefix = '' }: { prefix?: string }, signal: AbortSignal) => {
      const start = `${collection}/`
      const keys = [...shelf.revisions.keys()].filter((key) => key.startsWith(start + prefix)).sort()
      return (await Promise.all(keys.map((key) => find<T>(collection, key.slice(start.length), signal)))).filter(
        isFound,
      )
    },
    history: (collection, id, signal) => readHistory(shelf, `${collection}/${id}`, signal),
    remove: async (collection, id, signal) => {
      await takeTurn(signal)
      shelf.revisions.delete(`${collection}/${id}`)
      ringAll(shelf)
    },
    watch: <T>(collection: string, id: string, signal: AbortSignal) =>
      watch<T>(shelf, { collection, id, find }, signal),
    archive: openArchive(shelf),
  }
}

const openArchive = (shelf: Shelf): Archive => ({
  readAll: async (signal) => {
    await takeTurn(signal)
    return sortRevisions([...shelf.revisions.values()].flat().map((kept) => open(kept)))
  },
  write: async ({ value, ...document }, signal) => {
    const { collection, id, revision } = document
    const what = `${collection} ${id}`
    const written: Kept = { ...document, json: renderPlainJson(value, what) }
    await takeTurn(signal)
    const revisions = shelf.revisions.get(`${collection}/${id}`) ?? []
    const known = revisions.find((kept) => kept.revision === revision)
    if (known !== undefined) {
      if (isDeepStrictEqual(open(known), open(written))) return
      throw new ConflictError(`write revision ${revision} of ${what} as it was: another one is in its place`)
    }
    shelf.revisions.set(`${collection}/${id}`, [...revisions, written])
    ringAll(shelf)
  },
})

const put = async <T>(
  shelf: Shelf,
  { collection, id, expected, value }: { collection: string; id: string; expected: number; value: T },
  signal: AbortSignal,
): Promise<Document<T>> => {
  const what = `${collection} ${id}`
  const json = renderPlainJson(value, what)
  await takeTurn(signal)
  const revisions = shelf.revisions.get(`${collection}/${id}`) ?? []
  const newest = revisions.at(-1)?.revision ?? 0
  if (newest !== expected) {
    throw new ConflictError(`write revision ${expected + 1} of ${what}: its newest is ${newest}; read it again`)
  }
  const written: Kept = { collection, id, revision: expected + 1, writtenAtMs: shelf.clock.now(), json }
  shelf.revisions.set(`${collection}/${id}`, [...revisions, written].slice(-keptRevisionsOf(collection)))
  ringAll(shelf)
  return open<T>(written)
}

const readHistory = async <T>(shelf: Shelf, key: string, signal: AbortSignal): Promise<readonly Document<T>[]> => {
  await takeTurn(signal)
  return (shelf.revisions.get(key) ?? []).map(open<T>).toReversed()
}

async function* watch<T>(
  shelf: Shelf,
  { collection, id, find }: { collection: string; id: string; find: Documents['find'] },
  signal: AbortSignal,
): AsyncGenerator<Document<T>, void> {
  const bell = createBell()
  shelf.bells.add(bell)
  try {
    const awaitChange = (): Promise<boolean> => bell.wait(signal)
    yield* watchDocument<T>({ find: () => find<T>(collection, id, signal), awaitChange }, signal)
  } finally {
    shelf.bells.delete(bell)
  }
}

const open = <T>({ json, ...document }: Kept): Document<T> => ({ ...document, value: JSON.parse(json) as T })

const isFound = <T>(document: Document<T> | undefined): document is Document<T> => document !== undefined

const ringAll = (shelf: Shelf): void => {
  for (const bell of shelf.bells) bell.ring()
}

/** A real store answers later; who relies on the order of two calls is to fail here too. */
const takeTurn = async (signal: AbortSignal): Promise<void> => {
  await Promise.resolve()
  if (signal.aborted)
    throw new StoreError('timeout', 'the store was not asked: stopped before', { cause: signal.reason })
}
