import { createBell } from '../bell.ts'
import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import type { DocumentKey } from '../swarm/names.ts'
import type { Seen, Shelf } from './shelf.ts'

export type Change =
  | { readonly kind: 'written'; readonly document: Document }
  /** Its newest revision cannot be read. */
  | { readonly kind: 'unreadable'; readonly collection: string; readonly id: string; readonly problem: StoreError }
  | { readonly kind: 'removed'; readonly collection: string; readonly id: string }

/** What a watcher was told of a document; not the document, which would be kept in memory by it. */
type Known = Pick<Seen, 'collection' | 'id' | 'index'>

interface Query {
  readonly collection?: string
  readonly prefix?: string
}

/**
 * Yields what the shelf holds, then what changes, until the signal comes. Between two reads it remembers names, never
 * changes: as many as are on the shelf or were yielded before.
 */
export async function* watchShelf(
  shelf: Shelf,
  { collection, prefix = '' }: Query,
  signal: AbortSignal,
): AsyncGenerator<Change, void> {
  const bell = createBell()
  const yielded = new Map<string, Known>()
  const touched = new Set(shelf.names())
  const stopListening = shelf.listen((name) => {
    if (shelf.get(name) === undefined && !yielded.has(name)) touched.delete(name)
    else touched.add(name)
    bell.ring()
  })
  const isAsked = (key: DocumentKey): boolean =>
    (collection === undefined || key.collection === collection) && key.id.startsWith(prefix)
  try {
    for (; !signal.aborted; await bell.wait(signal)) {
      for (const name of touched) {
        touched.delete(name)
        const change = changeOf(yielded.get(name), shelf.get(name), isAsked)
        remember(yielded, name, shelf.get(name))
        if (change !== undefined) yield change
        if (signal.aborted) return
      }
    }
  } finally {
    stopListening()
  }
}

const changeOf = (
  before: Known | undefined,
  now: Seen | undefined,
  isAsked: (key: DocumentKey) => boolean,
): Change | undefined => {
  const key = now ?? before
  if (key === undefined || !isAsked(key) || before?.index === now?.index) return undefined
  const { collection, id } = key
  if (now === undefined) return { kind: 'removed', collection, id }
  if (now.content instanceof StoreError) return { kind: 'unreadable', collection, id, problem: now.content }
  return { kind: 'written', document: now.content }
}

const remember = (yielded: Map<string, Known>, name: string, now: Seen | undefined): void => {
  if (now === undefined) yielded.delete(name)
  else yielded.set(name, { collection: now.collection, id: now.id, index: now.index })
}
