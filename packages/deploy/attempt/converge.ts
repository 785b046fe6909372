import type { Action, Desired, Observed } from '@atoll/plan'
import { plan } from '@atoll/plan'
import { renderRef } from '../errors.ts'
import type { Failure } from '../judge/failure.ts'
import { beginHistory, extendHistory, recordWrite } from '../judge/history.ts'
import type { History } from '../judge/history.ts'
import { judge } from '../judge/judge.ts'
import type { Verdict } from '../judge/judge.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { DeploymentRecord, Phase } from '../records.ts'
import { applyActions } from './apply-actions.ts'
import type { Attempt } from './attempt.ts'
import { followServices } from './follow-services.ts'
import { everything } from './scope.ts'
import type { Scope } from './scope.ts'
import { nameWritten } from './name-written.ts'
import { Waker } from './waker.ts'

/** How a walk to a release ended: every service converged, or the ones that will not get there. */
export interface Arrival {
  readonly failures: readonly Failure[]
  /** What was seen when that was decided. */
  readonly observed: Observed
}

/** Where to go, and under which phase the receipt counts the way there; `forward`: apply, start, monitor. */
export interface Destination {
  readonly desired: Desired
  readonly phases: 'forward' | Phase['name']
  /** Of a repair: all that is not in it stays as it is, and is not judged. */
  readonly scope?: Scope
  /** What was seen a moment ago, and not changed since. */
  readonly seen?: Observed
}

/**
 * Observe, plan, judge, apply, until the engine itself shows the release or proves that it never will. It keeps nothing
 * that matters: killed anywhere and run again it goes on from what it sees.
 */
export const converge = async (
  attempt: Attempt,
  { desired, phases, scope = everything, seen }: Destination,
): Promise<Arrival> => {
  const { call, journal } = attempt
  const { clock } = call.context
  await using waker = new Waker(call)
  const tellServices = followServices(call)
  let history: History | undefined
  for (let latest = seen; ; latest = undefined) {
    const observed = latest ?? (await observe(call))
    const nowMs = clock.now()
    history ??= beginHistory(observed, journal.record.receipt.tasks, {
      nowMs,
      sinceMs: findStart(journal.record, nowMs),
    })
    history = extendHistory(history, observed, nowMs)
    await journal.observe(observed)
    const actions = plan(desired, observed, nowMs).filter(scope.hasAction)
    const waiting = findWaiting(actions, history)
    const settled = journal.record.previous
    const verdicts = judge({ ...desired, app: scope.limit(desired.app), settled, observed, history, waiting, nowMs })
    tellServices(verdicts)
    const failures = verdicts.flatMap((verdict) => (verdict.kind === 'failed' ? [verdict.failure] : []))
    if (failures.length > 0) return { failures, observed }
    if (actions.length === 0 && verdicts.every(({ kind }) => kind === 'converged')) return { failures: [], observed }
    const ready = untilFirstWait(actions)
    const phase = phases === 'forward' ? choosePhase(ready, verdicts) : phases
    await journal.enter(phase, { isChanging: ready.length > 0 })
    const applied = await applyActions(attempt, ready, desired.release)
    if (applied.failure !== undefined) return { failures: [applied.failure], observed }
    for (const service of applied.written) {
      const isRepeated = history.writes.has(service)
      history = recordWrite(history, { service, isRepeated, nowMs: clock.now() })
    }
    await waker.wait()
  }
}

/** On the way back only what happens on it counts. */
const findStart = ({ direction, receipt }: DeploymentRecord, nowMs: number): number =>
  direction === 'forward'
    ? receipt.startedAtMs
    : (receipt.phases.find(({ name }) => name === 'rollback')?.startedAtMs ?? nowMs)

export const observe = (call: Attempt['call']): Promise<Observed> =>
  persist(call, { doing: `observe ${renderRef(call.ref)}`, limitMs: limits.engineOutageMs }, () =>
    call.context.engine.observe(call.ref, call.signal),
  )

/** What stands behind a wait is planned again once that is over. */
const untilFirstWait = (actions: readonly Action[]): readonly Action[] => {
  const wait = actions.findIndex((action) => action.kind === 'await-service')
  return wait === -1 ? actions : actions.slice(0, wait)
}

/** Services that are still to be written for the first time; their present tasks are of another definition. */
const findWaiting = (actions: readonly Action[], { writes }: History): ReadonlySet<string> =>
  new Set(actions.flatMap((action) => nameWritten(action) ?? []).filter((name) => !writes.has(name)))

const choosePhase = (ready: readonly Action[], verdicts: readonly Verdict[]): Phase['name'] => {
  if (ready.length > 0) return 'apply'
  return verdicts.every(({ wanted, running }) => running >= wanted) ? 'monitor' : 'start'
}
