import { limits } from './limits.ts'
import { shareOf } from './share-of.ts'

/** What came of asking for one host, as long as it has failed. */
export interface Attempt {
  /** Failed in a row. */
  readonly failures: number
  /** When the last of them were, the newest last. */
  readonly failedAtMs: readonly number[]
  /** In plain words, and what to do. */
  readonly reason: string
  /** The authority says to come no sooner. */
  readonly notBeforeMs?: number
  /** It is not known which host of a certificate it was, so each is asked for alone. */
  readonly isSuspect?: true
}

export type Attempts = Readonly<Record<string, Attempt>>

/** One more failure. */
export const noteFailure = (
  before: Attempt | undefined,
  { reason, notBeforeMs }: Pick<Attempt, 'reason' | 'notBeforeMs'>,
  nowMs: number,
): Attempt => ({
  failures: (before?.failures ?? 0) + 1,
  failedAtMs: [...(before?.failedAtMs ?? []), nowMs].slice(-limits.kept),
  reason,
  ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
})

/** A host of a certificate that failed for no host in particular: nothing is held against it, but it goes alone now. */
export const noteSuspicion = (before: Attempt | undefined, reason: string): Attempt => ({
  failures: before?.failures ?? 0,
  failedAtMs: before?.failedAtMs ?? [],
  reason,
  isSuspect: true,
})

/**
 * When a host may be asked for again: doubling from a minute to half a day, a little apart from others that failed with it,
 * never more than five times an hour, and not before the authority says.
 */
export const retryAtMs = (host: string, { failures, failedAtMs, notBeforeMs = 0 }: Attempt): number => {
  const last = failedAtMs.at(-1)
  if (last === undefined) return notBeforeMs
  const { first, last: most } = limits.backoffMs
  const pauseMs = Math.min(most, first * 2 ** Math.min(failures - 1, 20))
  const backoffMs = last + pauseMs * (1 + shareOf(host) / 4)
  const fifth = failedAtMs.at(-limits.failuresPerHour)
  const limitMs = fifth === undefined ? 0 : fifth + limits.hourMs
  return Math.ceil(Math.max(backoffMs, limitMs, notBeforeMs))
}
