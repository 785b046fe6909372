import type { Documents } from '@atoll/store'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import type { AuditEntry, AuditNote } from './chain.ts'
import { appendEntries } from './ledger.ts'
import { readNewestFirst } from './read.ts'

/** `atMs` is now unless said. */
export type Note = Omit<AuditNote, 'atMs'> & { readonly atMs?: number }

/**
 * Adds an entry to the end of the chain and gives its number. What follows an intent tells how that ended: if it cannot be
 * written, the change stands, and so does the intent. Anything else throws, and then nothing may be changed.
 */
export const appendAudit = async (
  world: Pick<World, 'documents' | 'clock' | 'intent' | 'log'>,
  note: Note,
  signal: AbortSignal,
): Promise<number> => {
  const { intent } = world
  if (intent === undefined || note.kind === 'intent') return append(world, { kind: 'done', ...note }, signal)
  try {
    return await append(world, { kind: 'done', of: intent, ...note }, signal)
  } catch (error) {
    world.log({ event: 'outcome not written into the audit', intent, action: note.action, error: String(error) })
    return intent
  }
}

/** Entries of one control wait for each other and are written together; several find their turn by compare-and-set. */
const append = async (
  { documents, clock }: Pick<World, 'documents' | 'clock'>,
  note: Note,
  signal: AbortSignal,
): Promise<number> => {
  signal.throwIfAborted()
  const waiting = Promise.withResolvers<number>()
  const queue = queueOf(documents)
  queue.waiting.push({ entry: shorten({ ...note, atMs: note.atMs ?? clock.now() }), ...waiting })
  if (!queue.isBusy) void work(documents, queue)
  return waiting.promise
}

/** All entries, newest first. */
export const listAudit = (store: Pick<World, 'documents'>, signal: AbortSignal): Promise<AuditEntry[]> =>
  Array.fromAsync(readNewestFirst(store, Number.POSITIVE_INFINITY, signal))

interface Waiting {
  readonly entry: AuditNote
  readonly resolve: (sequence: number) => void
  readonly reject: (error: unknown) => void
}

interface Queue {
  readonly waiting: Waiting[]
  isBusy: boolean
}

const queues = new WeakMap<Documents, Queue>()

const queueOf = (documents: Documents): Queue => {
  const known = queues.get(documents) ?? { waiting: [], isBusy: false }
  queues.set(documents, known)
  return known
}

const work = async (documents: Documents, queue: Queue): Promise<void> => {
  queue.isBusy = true
  while (queue.waiting.length > 0) {
    const some = queue.waiting.splice(0, limits.auditAtOnce)
    const entries = some.map(({ entry }) => entry)
    const written = appendEntries({ documents }, entries, AbortSignal.timeout(limits.requestMs))
    await written.then(
      (chained) => some.forEach(({ resolve }, at) => resolve(chained[at]?.sequence ?? 0)),
      (error: unknown) => some.forEach(({ reject }) => reject(error)),
    )
  }
  queue.isBusy = false
}

/** One entry must not take the room of a thousand. */
const shorten = (note: AuditNote): AuditNote => ({
  ...note,
  ...(note.before === undefined ? {} : { before: shortenValue(note.before) }),
  ...(note.after === undefined ? {} : { after: shortenValue(note.after) }),
})

const shortenValue = (value: unknown): unknown => {
  const text = JSON.stringify(value) ?? ''
  return text.length <= limits.auditValueCharacters ? value : { isCut: true, begins: text.slice(0, 500) }
}
