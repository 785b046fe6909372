import type { EnvironmentRef } from '@atoll/engine'
import type { SecretValues } from '@atoll/spec'
import { claimAbandoned, settle } from './attempt/abandoned.ts'
import type { Attempt } from './attempt/attempt.ts'
import { carryOn, giveUp } from './attempt/begin.ts'
import { run } from './attempt/run.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { BusyError, NotFoundError, renderRef } from './errors.ts'
import { followToEnd } from './follow.ts'
import { removeEnvironment } from './ledger/ledger.ts'
import { takeLease } from './ledger/take-lease.ts'
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

/** Undefined: only the last of its documents was left, and now is gone too. */
const finish = async (call: Call, lease: Lease, secrets: SecretValues): Promise<Outcome | undefined> => {
  const found = await open(call, lease, secrets)
  return found === undefined || 'kind' in found ? found : run(found, call.signal)
}

const open = async (call: Call, lease: Lease, secrets: SecretValues): Promise<Attempt | Outcome | undefined> => {
  try {
    const stored = await claimAbandoned(call, lease)
    if (stored?.value.state === 'running') return await carryOn(call, { lease, stored, secrets })
    if (stored !== undefined) await lease.end((environment) => settle(environment, stored.value))
    await lease[Symbol.asyncDispose]()
    if (stored !== undefined) return findOutcome(stored.value)
    await removeEnvironment(call)
    return undefined
  } catch (error) {
    await giveUp(call, lease)
    throw error
  }
}
