import { HandedOverError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Outcome } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { endCounting, keepCounting } from './count-visitors.ts'
import { goBack } from './go-back.ts'
import { goForward } from './go-forward.ts'
import { rebalanceServices } from './rebalance-services.ts'
import { removeEverything } from './remove-everything.ts'

/**
 * Carries a deployment to its end, from wherever it is: forward to its release, else the whole app back to the one before.
 * Throws only when it is not the deployment that failed but we: the lease or the engine was lost, or the caller left.
 */
export const run = async (attempt: Attempt, caller: AbortSignal): Promise<Outcome> => {
  await using _lease = attempt.lease
  await using _counting = keepCounting(attempt)
  try {
    return await carryOut(attempt)
  } catch (error) {
    throw await leave(attempt, { error, caller })
  }
}

const carryOut = async (attempt: Attempt): Promise<Outcome> => {
  const { journal } = attempt
  if (journal.record.task.kind === 'remove') return removeEverything(attempt, journal.record.task)
  if (journal.record.task.kind === 'repair') return end(attempt, (await goForward(attempt)) ? 'converged' : 'failed')
  if (journal.record.task.kind === 'rebalance') {
    return end(attempt, (await rebalanceServices(attempt, journal.record.task)) ? 'converged' : 'failed')
  }
  const { previous } = journal.record
  if (journal.record.direction === 'forward') {
    if (await goForward(attempt)) return end(attempt, 'converged')
    if (!journal.record.hasChanged) return end(attempt, previous === undefined ? 'failed' : 'rolled-back')
    await journal.turnBack()
  }
  const isBack = await goBack(attempt)
  return end(attempt, isBack && previous !== undefined ? 'rolled-back' : 'failed')
}

/** The record first, then the environment: whoever finds one ended and the other not has only that left to do. */
const end = async (attempt: Attempt, state: Outcome['kind']): Promise<Outcome> => {
  const { call, journal, lease } = attempt
  await journal.end(state, await endCounting(attempt))
  const { release, number, receipt } = journal.record
  await lease.end((environment) => (state === 'converged' ? { ...environment, current: release } : environment))
  call.onEvent({ kind: 'end', atMs: call.context.clock.now(), state, receipt })
  return { kind: state, deployment: number, release, receipt }
}

/** Whatever stopped us, the deployment stays resumable; the lease is given back so that nobody has to wait for it. */
const leave = async (
  { call, journal, lease }: Attempt,
  { error, caller }: { readonly error: unknown; readonly caller: AbortSignal },
): Promise<unknown> => {
  if (lease.signal.aborted) return lease.signal.reason
  const token = lease.running.token
  const patience = new AbortController()
  const written = lease.leave(caller.aborted ? limits.handOverMs : 0).catch(() => undefined)
  // Documents that cannot be written now must not keep the caller: then the lease runs out by itself.
  const enough = call.context.clock.wait(limits.leaveMs, patience.signal).catch(() => undefined)
  await Promise.race([written, enough])
  patience.abort()
  if (!caller.aborted) return error
  return new HandedOverError(call.ref, { deployment: journal.record.number, token }, error)
}
