import type { EnvironmentRef } from '@atoll/engine'
import type { SecretValues } from '@atoll/spec'
import { carryOn, giveUp, settle } from './attempt/begin.ts'
import { run } from './attempt/run.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { BusyError, NotFoundError, renderRef } from './errors.ts'
import { followToEnd } from './follow.ts'
import { findDeployment, listReleases, removeEnvironment } from './ledger/ledger.ts'
import { takeLease } from './ledger/lease.ts'
import type { Lease } from './ledger/lease.ts'
import { findOutcome } from './outcome.ts'
import type { Outcome } from './records.ts'

export interface ResumeRequest {
  readonly ref: EnvironmentRef
  /** Of a deployment that was handed over; without it the owner's lease has to run out first. */
  readonly token?: string
  /** Without values, secrets that are not in the engine yet make the deployment go back. */
  readonly secrets?: SecretValues
}

/**
 * Finishes a deployment whose owner is gone, or takes it back. One whose owner is alive is followed to its end, and taken
 * over when he falls silent on the way. NotFoundError when none is running.
 */
export const resume = async (
  context: Context,
  { ref, token, secrets = {} }: ResumeRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call: Call = { context, ref, ...options }
  for (;;) {
    try {
      const lease = await takeLease(call, token === undefined ? {} : { token })
      const outcome = lease === undefined ? undefined : await finish(call, lease, secrets)
      if (outcome !== undefined) return outcome
      throw new NotFoundError(
        `${renderRef(ref)}: no deployment is running`,
        'see how the last one ended: "atoll receipt"',
      )
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
      const ended = await followToEnd(call, error.deployment)
      if (ended !== undefined) return ended
    }
  }
}

/** Undefined: its owner was lost before it was written down, so there is nothing to finish. */
const finish = async (call: Call, lease: Lease, secrets: SecretValues): Promise<Outcome | undefined> => {
  const attempt = await openStored(call, lease, secrets)
  if (attempt === undefined) return undefined
  return 'kind' in attempt ? attempt : run(attempt, call.signal)
}

const openStored = async (call: Call, lease: Lease, secrets: SecretValues) => {
  try {
    const stored = await findDeployment(call, lease.running.deployment)
    if (stored?.value.state === 'running') return await carryOn(call, { lease, stored, secrets })
    const isEmpty = lease.environment.current === undefined && (await listReleases(call)).length === 0
    if (!isEmpty) await lease.end((environment) => settle(environment, stored?.value))
    await lease[Symbol.asyncDispose]()
    // It is still ours, for the lease has not run out, so nobody begins in what is removed here.
    if (isEmpty) await removeEnvironment(call)
    return stored === undefined ? undefined : findOutcome(stored.value)
  } catch (error) {
    await giveUp(call, lease)
    throw error
  }
}
