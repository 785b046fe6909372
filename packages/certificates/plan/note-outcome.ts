import type { WantedHost } from '../certificate.ts'
import type { IssueFailure } from '../lego/failure.ts'
import { noteFailure, noteSuspicion, retryAtMs } from './attempts.ts'
import type { Attempt, Attempts } from './attempts.ts'
import { limits } from './limits.ts'
import type { Issue } from './plan-issues.ts'

/** What came of asking so far. */
export interface Standing {
  readonly attempts: Attempts
  /** Nothing can be had at present, whatever the host. */
  readonly trouble?: Attempt
}

export interface Outcome {
  /** Of the order. */
  readonly names: readonly string[]
  /** None: it was issued. */
  readonly failures: readonly IssueFailure[]
  /** What is known of others is forgotten. */
  readonly hosts: readonly WantedHost[]
}

/** After an order: who was issued is in good standing again, who is to blame waits, and the others are asked for without them. */
export const noteOutcome = (
  { attempts, trouble }: Standing,
  { names, failures, hosts }: Outcome,
  nowMs: number,
): Standing => {
  const wanted = new Set(hosts.map(({ host }) => host))
  const kept = Object.entries(attempts).filter(
    ([host]) => wanted.has(host) && !(failures.length === 0 && names.includes(host)),
  )
  const noted = new Map(kept)
  for (const failure of failures.filter(({ of }) => of !== 'all')) {
    for (const name of failure.names) {
      const before = noted.get(name)
      const after =
        failure.of === 'order'
          ? noteSuspicion(before, failure.reason)
          : noteFailure(before, told(failure, nowMs), nowMs)
      noted.set(name, after)
    }
  }
  const general = failures.find(({ of }) => of === 'all')
  // Whoever answers about names is there again.
  if (general === undefined) return { attempts: Object.fromEntries(noted) }
  return { attempts: Object.fromEntries(noted), trouble: noteFailure(trouble, told(general, nowMs), nowMs) }
}

/** A limit of which nobody says when it ends is one by the hour. */
const told = ({ kind, reason, notBeforeMs }: IssueFailure, nowMs: number): Pick<Attempt, 'reason' | 'notBeforeMs'> => {
  const until = notBeforeMs ?? (kind === 'rate-limit' ? nowMs + limits.hourMs : undefined)
  return { reason, ...(until === undefined ? {} : { notBeforeMs: until }) }
}

/** When anything may be asked for again. */
export const troubleEndsMs = ({ trouble }: Standing): number => (trouble === undefined ? 0 : retryAtMs('', trouble))

export interface Turn {
  /** Names of orders that are under way. */
  readonly running: readonly (readonly string[])[]
  readonly atOnce: number
  readonly nowMs: number
}

/** Which orders to begin now: so many at once, none twice, and one alone to see whether trouble is over. */
export const chooseNow = (
  issues: readonly Issue[],
  standing: Standing,
  { running, atOnce, nowMs }: Turn,
): readonly Issue[] => {
  if (troubleEndsMs(standing) > nowMs) return []
  const busy = new Set(running.flat())
  const most = standing.trouble === undefined ? atOnce : 1
  return issues
    .filter(({ names }) => !names.some((name) => busy.has(name)))
    .slice(0, Math.max(0, most - running.length))
}
