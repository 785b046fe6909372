import { ConflictError } from '@atoll/store'
import type { Document, Documents } from '@atoll/store'
import { gzipSync } from 'node:zlib'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { chainEntry } from './chain.ts'
import type { AuditEntry, AuditNote } from './chain.ts'
import { takeOver } from './take-over.ts'

/** Where the audit stands in documents. */
const collections = { head: 'audit-head', segment: 'audit-segment' } as const
const headId = 'head'

/** The newest entries, and where the older ones are. Its compare-and-set is what makes the chain one. */
export interface AuditHead {
  /** Of the newest entry; 0 before the first. */
  readonly sequence: number
  readonly hash: string
  /** Oldest first. */
  readonly open: readonly AuditEntry[]
  /** Segment `n` begins with the entry `base + n * size`. */
  readonly base: number
  readonly size: number
  /** Number of the oldest segment that is kept. */
  readonly oldest: number
  /** Of all segments, compressed. */
  readonly bytes: number
}

/** Entries that nothing is added to any more; written once. */
interface AuditSegment {
  readonly entries: readonly AuditEntry[]
  readonly bytes: number
}

type Store = { readonly documents: Documents }

/** Sorted as text they are sorted as numbers. */
const segmentId = (number: number): string => String(number).padStart(8, '0')

/** How many segments have been closed, those that are gone included. */
export const closedOf = ({ sequence, open, base, size }: AuditHead): number =>
  Math.round((sequence - open.length + 1 - base) / size)

export const readHead = async ({ documents }: Store, signal: AbortSignal): Promise<Document<AuditHead> | undefined> =>
  documents.find<AuditHead>(collections.head, headId, signal)

export const readSegment = async (
  { documents }: Store,
  number: number,
  signal: AbortSignal,
): Promise<AuditSegment | undefined> =>
  (await documents.find<AuditSegment>(collections.segment, segmentId(number), signal))?.value

/** Reading the head for each entry would take longer than most changes; one that is out of date has a conflict. */
const lastWritten = new WeakMap<Documents, Document<AuditHead>>()

/**
 * Adds entries to the end of the chain, by compare-and-set on the head: whoever comes second looks again. ControlError
 * `audit-busy` when others are always faster.
 */
export const appendEntries = async (
  store: Store,
  notes: readonly AuditNote[],
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> => {
  let head = lastWritten.get(store.documents)
  for (let tries = 0; tries < limits.auditTries; tries += 1) {
    const before = head ?? (await readHead(store, signal)) ?? (await takeOver(store, signal))
    const entries = chain(notes, before.value)
    try {
      const value = await addTo(store, { head: before.value, entries }, signal)
      const write = { expected: before.revision, value }
      lastWritten.set(store.documents, await store.documents.put(collections.head, headId, write, signal))
      return entries
    } catch (error) {
      lastWritten.delete(store.documents)
      if (!(error instanceof ConflictError)) throw error
      head = undefined
    }
  }
  throw new ControlError('audit-busy', 'too many changes at once to write down who did what', {
    status: 503,
    retry: true,
    retryAfterS: 1,
  })
}

const chain = (notes: readonly AuditNote[], head: AuditHead): readonly AuditEntry[] => {
  const entries: AuditEntry[] = []
  for (const note of notes) entries.push(chainEntry(note, entries.at(-1) ?? (head.sequence > 0 ? head : undefined)))
  return entries
}

interface Addition {
  readonly head: AuditHead
  readonly entries: readonly AuditEntry[]
}

/** The head with more entries. Where it is full its oldest become a segment first, which is the same whoever writes it. */
const addTo = async (store: Store, { head, entries }: Addition, signal: AbortSignal): Promise<AuditHead> => {
  const isFull = head.open.length >= head.size
  const closed = isFull ? await closeSegment(store, head, signal) : 0
  const { sequence, hash } = entries.at(-1) ?? head
  const open = [...head.open.slice(isFull ? head.size : 0), ...entries]
  const next = { ...head, sequence, hash, open, bytes: head.bytes + closed }
  return next.bytes > limits.auditBytes ? forgetOldest(store, next, signal) : next
}

const closeSegment = async (store: Store, head: AuditHead, signal: AbortSignal): Promise<number> => {
  const entries = head.open.slice(0, head.size)
  const segment: AuditSegment = { entries, bytes: gzipSync(JSON.stringify(entries)).length }
  return writeSegment(store, { number: closedOf(head), segment }, signal)
}

/** Gives its bytes. One that is there already was written by somebody who then came second with the head. */
const writeSegment = async (
  { documents }: Store,
  { number, segment }: { readonly number: number; readonly segment: AuditSegment },
  signal: AbortSignal,
): Promise<number> => {
  try {
    await documents.put(collections.segment, segmentId(number), { expected: 0, value: segment }, signal)
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
  }
  return segment.bytes
}

const forgetOldest = async (store: Store, head: AuditHead, signal: AbortSignal): Promise<AuditHead> => {
  const oldest = await readSegment(store, head.oldest, signal)
  await store.documents.remove(collections.segment, segmentId(head.oldest), signal)
  return { ...head, oldest: head.oldest + 1, bytes: head.bytes - (oldest?.bytes ?? 0) }
}
