/** How looking ended for who waits for it: `failed` also when the wait was given up. */
export type Outcome = 'seen' | 'failed'

type Waiters = Set<(outcome: Outcome) => void>

/** Above, looking at each costs more than a list of everything. */
const MAX_NAMES = 500

/** Taken from the agenda: what a step looks at. */
export interface Taken {
  readonly names: ReadonlyMap<string, Waiters>
  readonly all: Waiters
}

/** What has to be looked at: names that events told of, and those that readers wait for. Bounded by a list of all. */
export interface Agenda {
  note(name: string): void
  /** Until a look that began after this call has ended; `failed` when it failed or the signal came. */
  ask(name: string, signal: AbortSignal): Promise<Outcome>
  askAll(signal: AbortSignal): Promise<Outcome>
  isAllAsked(): boolean
  isEmpty(): boolean
  takeAll(): Taken
  /** At most so many names. */
  take(count: number): Taken
  /** Tells those who wait; what failed is on the agenda again, without them. */
  end(taken: Taken, outcome: Outcome): void
}

export const createAgenda = (ring: () => void): Agenda => {
  const names = new Map<string, Waiters>()
  let all: Waiters = new Set()
  let isAllAsked = false
  const waitersOf = (name: string): Waiters => {
    const waiters = names.get(name) ?? new Set()
    if (names.size >= MAX_NAMES) isAllAsked = true
    else names.set(name, waiters)
    return isAllAsked && !names.has(name) ? all : waiters
  }
  const note = (name: string): void => {
    waitersOf(name)
    ring()
  }
  return {
    note,
    ask: (name, signal) => {
      const waiting = waitIn(waitersOf(name), signal)
      ring()
      return waiting
    },
    askAll: (signal) => {
      isAllAsked = true
      const waiting = waitIn(all, signal)
      ring()
      return waiting
    },
    isAllAsked: () => isAllAsked,
    isEmpty: () => names.size === 0 && !isAllAsked,
    takeAll: () => {
      const taken = { names: new Map(names), all }
      names.clear()
      all = new Set()
      isAllAsked = false
      return taken
    },
    take: (count) => {
      const taken = new Map([...names].slice(0, count))
      for (const name of taken.keys()) names.delete(name)
      return { names: taken, all: new Set() }
    },
    end: (taken, outcome) => {
      for (const waiters of [...taken.names.values(), taken.all]) for (const tell of waiters) tell(outcome)
      if (outcome === 'failed') for (const name of taken.names.keys()) note(name)
    },
  }
}

const waitIn = (waiters: Waiters, signal: AbortSignal): Promise<Outcome> => {
  if (signal.aborted) return Promise.resolve('failed')
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const tell = (outcome: Outcome): void => {
    waiters.delete(tell)
    signal.removeEventListener('abort', giveUp)
    resolve(outcome)
  }
  const giveUp = (): void => tell('failed')
  waiters.add(tell)
  signal.addEventListener('abort', giveUp)
  return promise
}
