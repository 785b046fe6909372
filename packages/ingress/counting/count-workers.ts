import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { IngressError } from '../errors.ts'
import { createQueue } from '../queue.ts'
import { openSession } from '../sockets/session.ts'
import type { Session } from '../sockets/session.ts'
import type { Backend } from '../table.ts'
import { askState, cutShort, takeSample } from './sample.ts'
import type { Sample } from './sample.ts'
import { openBook } from './tally.ts'
import type { NodeTally } from '@atoll/engine'
import type { Book, SavedBook, TallyQuery } from './tally.ts'

/** Counts for all workers of a HAProxy, those that still end their last requests included. */
export interface Counting extends Disposable {
  /** To be called for each worker once it takes connections. From then on it does not end before it was counted. */
  readonly hold: (worker: number, backends: readonly Backend[]) => Promise<void>
  /** Throws IngressError when a worker does not answer, or there is none any more. */
  readonly readTally: (query: TallyQuery) => Promise<NodeTally>
  readonly noteProbe: Book['noteProbe']
  /**
   * Once all workers were told to end: everything they have answered. Resolves when none of them has a request left, or the signal
   * comes, from which on a request counts as cut. Then nothing keeps them from ending.
   */
  readonly end: (overdue: AbortSignal) => Promise<SavedBook>
}

export interface CountingOptions {
  /** Where the newest worker listens. */
  readonly socket: string
  readonly log: (line: string) => void
  /** Where a predecessor has ended. */
  readonly saved?: SavedBook | undefined
}

interface Held {
  readonly worker: number
  readonly session: Session
  /** Names of its backends that several services answer. */
  readonly divided: ReadonlySet<string>
}

/** So often a worker that is told to end is looked at; only that it has no more connections is asked. */
const lookEveryMs = 500
/** When all are told to end somebody waits for it. */
const lastLookEveryMs = 50
const holdTimeoutMs = 10_000
const holdPollMs = 20

/**
 * A worker that is replaced ends when its last connection does, and its counters with it. So we keep a conversation with it, which
 * is one connection more, until it has no other, and read its counters then.
 */
export const countWorkers = ({ socket, log, saved }: CountingOptions): Counting => {
  const book = openBook(randomUUID, saved)
  const held = new Set<Held>()
  const overdue = new AbortController()
  let newest: Held | undefined
  let ending: Promise<unknown> = Promise.resolve()
  const inTurn = createQueue()
  const lose = (worker: number, error: unknown): void => {
    book.lose()
    log(`count what worker ${worker} answers: ${String(error)}`)
  }
  const begin = async (worker: number, divided: Held['divided']): Promise<void> => {
    const session = await openSessionWith(worker, socket)
    newest = { worker, session, divided }
    held.add(newest)
  }
  /** Until it has nothing left to end, or has to. */
  const attend = async (one: Held, everyMs: number): Promise<void> => {
    try {
      book.note(one.worker, await takeLastSample(one, everyMs, overdue.signal))
    } catch (error) {
      if (held.has(one)) lose(one.worker, error)
    }
    held.delete(one)
    book.close(one.worker)
    one.session[Symbol.dispose]()
  }
  const release = (one: Held, everyMs: number): void => {
    ending = Promise.all([ending, attend(one, everyMs)])
  }
  /** Never rejects. */
  const hold = async (worker: number, divided: Held['divided']): Promise<void> => {
    const before = newest
    if (before?.worker === worker && before.session.isOpen()) return
    newest = undefined
    await begin(worker, divided).catch((error: unknown) => lose(worker, error))
    if (before?.worker === worker) held.delete(before)
    else if (before !== undefined) release(before, lookEveryMs)
  }
  return {
    hold: (worker, backends) => {
      book.name(backends)
      return inTurn(() => hold(worker, findDivided(backends)))
    },
    readTally: async (query) => {
      // HAProxy may have closed it.
      await inTurn(async () => newest && hold(newest.worker, newest.divided))
      await Promise.all([...held].map((one) => take(one, book, held)))
      if (held.size === 0) throw new IngressError('count what HAProxy answers: no worker can be asked', notThere)
      return book.read(query)
    },
    noteProbe: book.noteProbe,
    end: async (signal) => {
      signal.addEventListener('abort', () => overdue.abort(), { once: true })
      await inTurn(async () => {
        if (newest === undefined) book.lose()
        else release(newest, lastLookEveryMs)
        newest = undefined
      })
      await ending
      return book.save()
    },
    [Symbol.dispose]: () => {
      for (const { session } of held) session[Symbol.dispose]()
      held.clear()
      newest = undefined
    },
  }
}

const findDivided = (backends: readonly Backend[]): Held['divided'] =>
  new Set(backends.filter(({ slots }) => new Set(slots.map(({ service }) => service)).size > 1).map(({ name }) => name))

const notThere = { code: 'not-running', retry: true } as const

const take = async (one: Held, book: Book, held: ReadonlySet<Held>): Promise<void> => {
  try {
    book.note(one.worker, await takeSample(one.session, one.divided))
  } catch (error) {
    // One that has ended meanwhile was counted.
    if (held.has(one)) throw error
  }
}

/** Once it has nothing left to end; when the signal comes, with what it had to leave. */
const takeLastSample = async ({ session, divided }: Held, everyMs: number, overdue: AbortSignal): Promise<Sample> => {
  while (!overdue.aborted && !(await askState(session)).isIdle)
    await wait(everyMs, undefined, { signal: overdue }).catch(() => undefined)
  const sample = await takeSample(session, divided)
  return overdue.aborted ? cutShort(sample) : sample
}

/** For a moment after a reload the worker of before may still answer where both listen. */
const openSessionWith = async (worker: number, socket: string): Promise<Session> => {
  const deadline = performance.now() + holdTimeoutMs
  for (;;) {
    const session = await openSession(socket)
    if ((await askState(session)).worker === worker) return session
    session[Symbol.dispose]()
    if (performance.now() > deadline) {
      throw new IngressError(`talk with worker ${worker} of HAProxy: another answers`, {
        code: 'timed-out',
        retry: true,
      })
    }
    await wait(holdPollMs)
  }
}
