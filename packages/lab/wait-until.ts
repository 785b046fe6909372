import { setTimeout as delay } from 'node:timers/promises'
import { LabError } from './errors.ts'

export interface WaitOptions {
  /** Ends the sentence "waited for ...". */
  readonly what: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly everyMs?: number
}

/**
 * Asks until the answer is something, and gives it. The kernel and dockerd have no event for most of what a lab waits
 * for, so it asks again at short intervals. Throws LabError `timeout`, or the signal's reason.
 */
export const waitUntil = async <T>(ask: () => Promise<T | undefined>, options: WaitOptions): Promise<T> => {
  const deadline = performance.now() + options.timeoutMs
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined) return answer
    options.signal?.throwIfAborted()
    await delay(options.everyMs ?? 50)
  }
  throw new LabError('timeout', `waited ${options.timeoutMs / 1000} s for ${options.what}`, { retry: true })
}
