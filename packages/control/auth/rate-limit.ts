import type { Clock } from '@atoll/deploy'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

/** Counts attempts by key in windows of a minute. Each control counts for itself. */
export interface RateLimiter {
  /** ControlError `too-many-attempts` when the key has had its number. */
  take(key: string, most: number): void
}

export const createRateLimiter = (clock: Pick<Clock, 'now'>): RateLimiter => {
  const windows = new Map<string, { count: number; readonly untilMs: number }>()
  return {
    take: (key, most) => {
      const nowMs = clock.now()
      const known = windows.get(key)
      const window =
        known !== undefined && known.untilMs > nowMs ? known : { count: 0, untilMs: nowMs + limits.attemptWindowMs }
      window.count += 1
      windows.delete(key)
      windows.set(key, window)
      forgetOldest(windows)
      if (window.count <= most) return
      const retryAfterS = Math.ceil((window.untilMs - nowMs) / 1000)
      throw new ControlError('too-many-attempts', `too many attempts; try again in ${retryAfterS} s`, {
        status: 429,
        retry: true,
        retryAfterS,
      })
    },
  }
}

const forgetOldest = (windows: Map<string, unknown>): void => {
  for (const key of windows.keys()) {
    if (windows.size <= limits.attemptKeys) return
    windows.delete(key)
  }
}
