import { callUnderWay } from '../context.ts'
import type { Call } from '../context.ts'
import { DeployError, LostLeaseError, isConflict, messageOf, renderRef } from '../errors.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord } from '../records.ts'
import type { Versioned } from './ledger.ts'
import { writeEnvironment } from './ledger.ts'

export type Running = NonNullable<EnvironmentRecord['running']>

/** Who holds an environment, and until when if nothing more is heard. */
export const freshLease = ({ context }: Call, token: string) => ({
  owner: context.owner,
  ...(context.processes && { process: context.processes.own }),
  token,
  leaseUntilMs: context.clock.now() + limits.leaseMs,
})

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
