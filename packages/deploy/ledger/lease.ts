import { callUnderWay } from '../context.ts'
import type { Call } from '../context.ts'
import { BusyError, DeployError, LostLeaseError, isConflict, messageOf, renderRef } from '../errors.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord } from '../records.ts'
import type { Versioned } from './ledger.ts'
import { getEnvironment, writeEnvironment } from './ledger.ts'

type Running = NonNullable<EnvironmentRecord['running']>

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

const freshLease = ({ context }: Call, token: string) => ({
  owner: context.owner,
  ...(context.processes && { process: context.processes.own }),
  token,
  leaseUntilMs: context.clock.now() + limits.leaseMs,
})

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

/**
 * The right to change an environment, renewed in the background for as long as it is not disposed. `signal` is aborted
 * with LostLeaseError when somebody else has taken over.
 */
export class Lease implements AsyncDisposable {
  readonly isTakenOver: boolean
  readonly #call: Call
  readonly #lost = new AbortController()
  readonly #closed = new AbortController()
  #held: Versioned<EnvironmentRecord>
  #queue: Promise<unknown> = Promise.resolve()
  readonly #renewal: Promise<void>

  constructor(call: Call, held: Versioned<EnvironmentRecord>, isTakenOver: boolean) {
    this.#held = held
    this.isTakenOver = isTakenOver
    // The call's own signal must not end the lease: handing over still has to be written after it.
    this.#call = { ...callUnderWay(call), signal: AbortSignal.any([this.#closed.signal, this.#lost.signal]) }
    this.#renewal = this.#keepRenewing()
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  get environment(): EnvironmentRecord {
    return this.#held.value
  }

  get running(): Running {
    const { running } = this.#held.value
    if (running === undefined) throw new Error('bug: a lease that was ended is still used')
    return running
  }

  /** To be called before each touch of the engine: returns at once while the lease is good, else renews it first. */
  async hold(): Promise<void> {
    this.#lost.signal.throwIfAborted()
    if (this.running.leaseUntilMs - this.#call.context.clock.now() > limits.renewEveryMs) return
    await this.change((record) => record)
  }

  /** Throws unless the lease is good at this very moment; what was paused is told so before it writes anything. */
  assertHeld(): void {
    this.#lost.signal.throwIfAborted()
    if (this.#call.context.clock.now() < this.running.leaseUntilMs) return
    throw new DeployError(`${renderRef(this.#call.ref)}: the lease ran out before it was renewed`, {
      code: 'lease-ran-out',
      retry: true,
    })
  }

  /** Writes the record with a renewed lease. LostLeaseError when it is no longer ours. */
  change(edit: (record: EnvironmentRecord) => EnvironmentRecord): Promise<void> {
    return this.#write((record) => {
      const next = edit(record)
      const running = next.running ?? this.running
      return { ...next, running: { ...running, ...freshLease(this.#call, running.token) } }
    })
  }

  /** The deployment is over: the environment is free again. */
  end(edit: (record: EnvironmentRecord) => EnvironmentRecord): Promise<void> {
    return this.#write((record) => {
      const { running: _, isHalfWay: __, ...rest } = edit(record)
      return rest
    })
  }

  /** Leaves the deployment to whoever brings the token, which this gives, within `forMs`; then to anybody. */
  async leave(forMs: number): Promise<string> {
    const { process: _, ...running } = this.running
    const leaseUntilMs = this.#call.context.clock.now() + forMs
    await this.#write((record) => ({ ...record, running: { ...running, leaseUntilMs } }))
    return running.token
  }

  /** Stops renewing; writes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('the lease is closed'))
    await this.#renewal
  }

  /** One write at a time: the renewal in the background and the deployment share the revision. */
  async #write(edit: (record: EnvironmentRecord) => EnvironmentRecord): Promise<void> {
    const turn = this.#queue.then(async () => {
      this.#lost.signal.throwIfAborted()
      const value = edit(this.#held.value)
      const revision = await this.#putOrLose({ expected: this.#held.revision, value })
      this.#held = { revision, value }
    })
    this.#queue = turn.catch(() => undefined)
    await turn
  }

  async #putOrLose(write: { readonly expected: number; readonly value: EnvironmentRecord }): Promise<number> {
    try {
      return await writeEnvironment(this.#call, write)
    } catch (error) {
      if (!isConflict(error)) throw error
      const lost = new LostLeaseError(this.#call.ref, 'another owner took this deployment over; stopped', error)
      this.#lost.abort(lost)
      throw lost
    }
  }

  async #keepRenewing(): Promise<void> {
    const { context, ref, signal } = this.#call
    try {
      for (;;) {
        await context.clock.wait(limits.renewEveryMs, signal)
        if (this.#held.value.running === undefined) return
        await this.change((record) => record)
      }
    } catch (error) {
      if (signal.aborted) return
      const message = `the lease could not be renewed: ${messageOf(error)}`
      this.#lost.abort(
        error instanceof DeployError
          ? error
          : new DeployError(`${renderRef(ref)}: ${message}`, {
              code: 'lease-not-renewed',
              retry: true,
              hint: 'when documents can be written again: "atoll resume"',
              cause: error,
            }),
      )
    }
  }
}
