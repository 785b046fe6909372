import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@atoll/api'

/** Header of a request that is done once however often it is sent, by routes that say so. */
export const newKey = (): Key => ({ 'idempotency-key': randomUUID() })

type Key = Readonly<Record<'idempotency-key', string>>

/** Longer than the controls wait for one of them that began it and died. */
const patienceMs = 180_000

/**
 * Makes something once over the loss of any control: the request is sent anew with the same key when no answer comes, and waits
 * where it has begun and nobody knows the answer yet.
 */
export const once = async <Made>(
  work: (headers: Key) => Promise<Made>,
  signal: AbortSignal,
  { pauseMs = 2_000 }: { readonly pauseMs?: number } = {},
): Promise<Made> => {
  const headers = newKey()
  const untilMs = performance.now() + patienceMs
  for (;;) {
    try {
      return await work(headers)
    } catch (error) {
      const isUnderWay = error instanceof ApiError && error.code === 'under-way'
      if (!isUnderWay || performance.now() > untilMs) throw error
      await delay(pauseMs, undefined, { signal })
    }
  }
}
