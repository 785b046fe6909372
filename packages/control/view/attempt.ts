import type { Clock } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import { StoreError } from '@atoll/store'

/** How a question went that has so much time and no more. */
export type Attempt<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** Nobody answered in time, there is no leader, or nobody is there. */
  | { readonly kind: 'away'; readonly error: EngineError | StoreError | undefined }

interface Patience {
  readonly clock: Clock
  readonly limitMs: number
}

/** Asks once, and ends the question when the time is over. What the world refuses for good is thrown. */
export const attempt = async <T>(
  { clock, limitMs }: Patience,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Attempt<T>> => {
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const answer = ask(ended).then((value): Attempt<T> => ({ kind: 'answered', value }))
  const late = clock.wait(limitMs, ended).then((): Attempt<T> => ({ kind: 'away', error: undefined }))
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) return { kind: 'away', error }
    throw error
  } finally {
    ending.abort()
    for (const left of [answer, late]) left.catch(() => undefined)
  }
}

const passing: ReadonlySet<string> = new Set(['no-quorum', 'unreachable', 'timeout'])

const isPassing = (error: unknown): error is EngineError | StoreError =>
  (error instanceof EngineError || error instanceof StoreError) && passing.has(error.code)
