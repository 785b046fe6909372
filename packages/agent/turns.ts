import { EngineError } from '@atoll/engine'

/** One work at a time, in the order they came. */
export interface Turns {
  /** Waits for its turn unless the signal comes first. EngineError `conflict` when too many wait already. */
  take<T>(work: () => Promise<T>, options: TurnOptions): Promise<T>
}

export interface TurnOptions {
  /** What it is, for messages. */
  readonly doing: string
  /** It has to wait for so many others. */
  readonly onWait: (others: number) => void
  readonly signal: AbortSignal
}

export const createTurns = ({ mostWaiting }: { readonly mostWaiting: number }): Turns => {
  const waiting: (() => void)[] = []
  let isTaken = false
  const wait = async ({ onWait, signal }: TurnOptions): Promise<void> => {
    const turn = Promise.withResolvers<void>()
    const leave = (): void => turn.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    waiting.push(turn.resolve)
    onWait(waiting.length)
    try {
      await turn.promise
    } catch (error) {
      waiting.splice(waiting.indexOf(turn.resolve), 1)
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
  return {
    take: async (work, options) => {
      options.signal.throwIfAborted()
      if (isTaken && waiting.length >= mostWaiting)
        throw new EngineError('conflict', `${options.doing}: ${waiting.length} others wait already; try again later`, {
          retry: true,
        })
      if (isTaken) await wait(options)
      isTaken = true
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        // It stays taken for the next: nobody comes in between.
        if (next === undefined) isTaken = false
        else next()
      }
    },
  }
}
