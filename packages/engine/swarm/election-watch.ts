import { setTimeout as delay } from 'node:timers/promises'

/** Times of looking whether a manager has a leader, in milliseconds. */
export interface WatchTimes {
  /** A call that is answered within it costs nothing. */
  readonly afterMs: number
  /** Of one small question. */
  readonly questionMs: number
  /** Between two questions, while the manager answers and while it does not. */
  readonly calmMs: number
  readonly silentMs: number
}

const defaultTimes: WatchTimes = { afterMs: 1_000, questionMs: 1_000, calmMs: 2_000, silentMs: 100 }

/** A busy engine can look like one that elects: a call is begun anew this often, then left alone. */
const mostRenewals = 2

/**
 * Carries calls through an election. A manager whose leader lost its power hangs with every call it had passed on to it,
 * and gives up after 20 s; calls that come after the election it answers at once. So while a call hangs a small question is put
 * again and again, one for all calls, and when that is answered after it was not, what hangs is begun anew.
 */
export interface ElectionWatch {
  /** `work` may be begun several times, each with a signal of its own; it has to be idempotent. */
  carry<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>
}

export const openElectionWatch = (
  ask: (signal: AbortSignal) => Promise<unknown>,
  times: WatchTimes = defaultTimes,
): ElectionWatch => {
  const awaitReturn = createReturns(ask, times)
  const carryOnce = async <T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly value: T } | 'hung'> => {
    const [giveUp, answered] = [new AbortController(), new AbortController()]
    const answer = work(AbortSignal.any([signal, giveUp.signal])).then((value) => ({ value }))
    const hung = delay(times.afterMs, undefined, { signal: answered.signal })
      .then(() => awaitReturn(answered.signal))
      .then(() => 'hung' as const)
    hung.catch(() => undefined)
    try {
      const first = await Promise.race([answer, hung])
      if (first !== 'hung') return first
      giveUp.abort(new Error('begun anew after an election'))
      return await answer
    } catch (error) {
      if (giveUp.signal.aborted && !signal.aborted) return 'hung'
      throw error
    } finally {
      answered.abort()
    }
  }
  return {
    carry: async (work, signal) => {
      for (let renewals = 0; renewals < mostRenewals; renewals += 1) {
        const carried = await carryOnce(work, signal)
        if (carried !== 'hung') return carried.value
      }
      return work(signal)
    },
  }
}

/** Resolves for all who wait when the manager, which had not answered, answers again; rejects with the signal. */
const createReturns = (ask: (signal: AbortSignal) => Promise<unknown>, times: WatchTimes) => {
  const waiting = new Set<() => void>()
  let isLooking = false
  const look = async (): Promise<void> => {
    isLooking = true
    for (let wasSilent = false; waiting.size > 0;) {
      const isThere = await ask(AbortSignal.timeout(times.questionMs)).then(
        () => true,
        () => false,
      )
      if (isThere && wasSilent) for (const resolve of waiting) resolve()
      wasSilent = !isThere
      await delay(isThere ? times.calmMs : times.silentMs, undefined, { ref: false })
    }
    isLooking = false
  }
  return (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(end)
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = (): void => {
        waiting.delete(end)
        reject(new Error('no longer waited for', { cause: signal.reason }))
      }
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      waiting.add(end)
      if (!isLooking) void look()
    })
}
