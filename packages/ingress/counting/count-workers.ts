import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { IngressError } from '../errors.ts'
import { openSession } from '../sockets/session.ts'
import type { Session } from '../sockets/session.ts'
import type { Backend } from '../table.ts'
import { askState, takeSample } from './sample.ts'
import { openBook } from './tally.ts'
import type { NodeTally } from '@atoll/engine'
import type { TallyQuery } from './tally.ts'

/** Counts for all workers of a HAProxy, those that still end their last requests included. */
export interface Counting extends Disposable {
  /** To be called for each worker once it takes connections. From then on it does not end before it was counted. */
  readonly hold: (worker: number, backends: readonly Backend[]) => Promise<void>
  /** Throws IngressError when a worker does not answer, or there is none any more. */
  readonly readTally: (query: TallyQuery) => Promise<NodeTally>
}

export interface CountingOptions {
  /** Where the newest worker listens. */
  readonly socket: string
  readonly log: (line: string) => void
}

interface Held {
  readonly worker: number
  readonly session: Session
  /** Names of its backends that several services answer. */
  readonly divided: ReadonlySet<string>
}

/** So often a worker that is told to end is looked at; only that it has no more connections is asked. */
const lookEveryMs = 500
const holdTimeoutMs = 10_000
const holdPollMs = 20

/**
 * A worker that is replaced ends when its last connection does, and its counters with it. So we keep a conversation with it, which
 * is one connection more, until it has no other, and read its counters then.
 */
export const countWorkers = ({ socket, log }: CountingOptions): Counting => {
  const book = openBook(randomUUID)
  const held = new Set<Held>()
  let newest: Held | undefined
  let turn = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => (turn = turn.then(work))
  const lose = (worker: number, error: unknown): void => {
    book.lose()
    log(`count what worker ${worker} answers: ${String(error)}`)
  }
  const take = async ({ worker, session, divided }: Held): Promise<void> =>
    book.note(worker, await takeSample(session, divided))
  const begin = async (worker: number, divided: Held['divided']): Promise<void> => {
    const session = await openSessionWith(worker, socket)
    newest = { worker, session, divided }
    held.add(newest)
  }
  /** Until it has nothing left to end. */
  const attend = async (one: Held): Promise<void> => {
    try {
      while (!(await askState(one.session)).isIdle) await wait(lookEveryMs)
      await take(one)
    } catch (error) {
      if (held.has(one)) lose(one.worker, error)
    }
    held.delete(one)
    book.close(one.worker)
    one.session[Symbol.dispose]()
  }
  /** Never rejects. */
  const hold = async (worker: number, divided: Held['divided']): Promise<void> => {
    const before = newest
    if (before?.worker === worker && before.session.isOpen()) return
    newest = undefined
    await begin(worker, divided).catch((error: unknown) => lose(worker, error))
    if (before?.worker === worker) held.delete(before)
    else if (before !== undefined) void attend(before)
  }
  return {
    hold: (worker, backends) => {
      book.name(backends)
      return inTurn(() => hold(worker, findDivided(backends)))
    },
    readTally: async (query) => {
      // HAProxy may have closed it.
      await inTurn(async () => newest && hold(newest.worker, newest.divided))
      const taken = [...held].map((one) =>
        take(one).catch((error: unknown) => {
          // One that has ended meanwhile was counted.
          if (held.has(one)) throw error
        }),
      )
      await Promise.all(taken)
      if (held.size === 0) throw new IngressError('count what HAProxy answers: no worker can be asked', notThere)
      return book.read(query)
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
