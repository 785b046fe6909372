import type { Call } from '../context.ts'
import { isRetryable, messageOf } from '../errors.ts'
import { limits } from '../limits.ts'

interface Patience {
  /** What we are doing, to what: "write deployment 3 of shop/staging". */
  readonly doing: string
  readonly limitMs: number
}

/**
 * Repeats what fails for a passing reason (a Raft election, an engine that restarts) with growing pauses, for
 * `limitMs` or what the call allows; then, and for every other error, throws it. The pauses are told once as a `wait` event.
 */
export const persist = async <T>(
  { context, signal, onEvent, outageMs = Infinity }: Pick<Call, 'context' | 'signal' | 'onEvent' | 'outageMs'>,
  { doing, limitMs }: Patience,
  attempt: () => Promise<T>,
): Promise<T> => {
  const { clock } = context
  const untilMs = clock.now() + Math.min(limitMs, outageMs)
  for (let pauseMs: number = limits.retryDelayMs.first; ; pauseMs = Math.min(pauseMs * 2, limits.retryDelayMs.last)) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!isRetryable(error) || clock.now() + pauseMs > untilMs) throw error
      if (pauseMs === limits.retryDelayMs.first) {
        onEvent({ kind: 'wait', atMs: clock.now(), message: `${doing}: ${messageOf(error)}; trying again` })
      }
    }
    await clock.wait(pauseMs, signal)
  }
}
