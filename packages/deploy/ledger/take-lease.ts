import type { Call } from '../context.ts'
import { BusyError, isConflict } from '../errors.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord } from '../records.ts'
import { getEnvironment, writeEnvironment } from './ledger.ts'
import type { Versioned } from './ledger.ts'
import { Lease, freshLease } from './lease.ts'

interface Take {
  /** Proof that a deployment was passed on to us; without it we wait until its owner is silent for the lease. */
  readonly token?: string
  /** Gives the numbers of a new deployment; undefined: only an existing one is taken over. */
  readonly start?: (environment: EnvironmentRecord) => EnvironmentRecord
}

/**
 * Takes the environment by compare-and-set: a free one for a new deployment, an abandoned one with the deployment it
 * was left in. Undefined when there is nothing to take over. BusyError when its owner gives a sign of life.
 */
export const takeLease = async (call: Call, { token, start }: Take): Promise<Lease | undefined> => {
  for (;;) {
    const found = await awaitSilence(call, token)
    const abandoned = found.value.running
    const base = abandoned === undefined ? start?.(found.value) : found.value
    if (base === undefined) return undefined
    const running = abandoned ?? {
      deployment: base.lastDeployment,
      sinceMs: call.context.clock.now(),
    }
    const record = { ...base, running: { ...running, ...freshLease(call, call.context.newToken()) } }
    const revision = await tryWrite(call, { expected: found.revision, value: record })
    if (revision !== undefined) return new Lease(call, { revision, value: record }, abandoned !== undefined)
  }
}

/** Undefined when somebody else was faster: look again. */
const tryWrite = async (
  call: Call,
  write: { readonly expected: number; readonly value: EnvironmentRecord },
): Promise<number | undefined> => {
  try {
    return await writeEnvironment(call, write)
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

/** BusyError when somebody who is alive holds the environment; one who is gone is waited out. */
export const awaitFree = async (call: Call): Promise<EnvironmentRecord> => (await awaitSilence(call, undefined)).value

/**
 * Gives the environment once nobody holds it. An owner who renews or ends in front of our eyes is alive: BusyError. One who
 * does neither until the lease runs out is gone; the wait is at most the lease, and none when its process is known to be gone.
 */
const awaitSilence = async (call: Call, token: string | undefined): Promise<Versioned<EnvironmentRecord>> => {
  const { context, ref, signal, onEvent } = call
  const first = await getEnvironment(call)
  const owner = first.value.running
  if (owner === undefined || owner.token === token) return first
  const untilMs = context.clock.now() + limits.handOverMs
  for (let seen = first, hasTold = false; ; seen = await getEnvironment(call)) {
    const { running } = seen.value
    if (running?.token !== owner.token || running.leaseUntilMs > owner.leaseUntilMs) {
      throw new BusyError(ref, running ?? owner)
    }
    if (running.process !== undefined && context.processes?.isGone(running.process)) return seen
    const nowMs = context.clock.now()
    // The second is for an owner whose clock is ahead of ours.
    if (nowMs >= running.leaseUntilMs || nowMs >= untilMs) return seen
    if (!hasTold) {
      onEvent({ kind: 'wait', atMs: nowMs, message: `waiting for a sign of life of ${running.owner}` })
      hasTold = true
    }
    await context.clock.wait(limits.observe.everyMs, signal)
  }
}
