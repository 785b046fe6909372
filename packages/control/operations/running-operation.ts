import { HandedOverError, LostLeaseError } from '@atoll/deploy'
import type { DeploymentEvent, Outcome } from '@atoll/deploy'
import { ConflictError } from '@atoll/store'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { toFailure } from '../to-failure.ts'
import { maskEvent } from './mask-event.ts'
import { perform } from './perform.ts'
import type { Task } from './perform.ts'
import { collections } from './records.ts'
import type { OperationRecord } from './records.ts'
import { Ring } from './ring.ts'
import { removeSecrets, sealToken } from './sealed-secrets.ts'
import { signsOfLife } from './signs-of-life.ts'

interface Options {
  readonly id: string
  readonly task: Task
  /** Ends the call, not the deployment. */
  readonly signal: AbortSignal
}

/** One operation while this control carries it, and its events for a while after. */
export class RunningOperation {
  readonly ring: Ring
  /** Never rejects. */
  readonly ended: Promise<void>
  hasEnded = false
  /** Another has taken the deployment over, and knows how it goes on. */
  isElsewhere = false
  readonly #world: World
  readonly #options: Options
  readonly #number = Promise.withResolvers<number | undefined>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #lost = new AbortController()
  /** It is a deployment, or has ended. */
  readonly #begun = new AbortController()
  #hasAnswered = false
  #writes: Promise<unknown> = Promise.resolve()

  constructor(world: World, options: Options) {
    this.#world = world
    this.#options = options
    this.ring = new Ring({ name: `${world.node.id}-${world.clock.now()}`, most: limits.ringEvents })
    this.ended = this.#ended.promise
    this.#number.promise.catch(() => undefined)
  }

  /** The deployment's number; undefined when it takes longer to get one. Throws what it failed with before. */
  async begin(): Promise<number | undefined> {
    const patience = new AbortController()
    void this.#run()
    try {
      const enough = this.#world.clock.wait(limits.answerMs, patience.signal).catch(() => undefined)
      const number = await Promise.race([this.#number.promise, enough.then(() => undefined)])
      this.#hasAnswered = true
      return number
    } finally {
      patience.abort()
    }
  }

  async #run(): Promise<void> {
    const { task } = this.#options
    const signal = AbortSignal.any([this.#options.signal, this.#lost.signal])
    void this.#showLife()
    try {
      const context = contextFor(this.#world, task.author)
      const outcome = await perform(context, task, { signal, onEvent: (event) => this.#tell(event) })
      await this.#succeed(outcome)
    } catch (error) {
      await this.#fail(error).catch((cause: unknown) => this.#complain(cause))
    } finally {
      this.#begun.abort()
      this.hasEnded = true
      this.ring.close()
      this.#ended.resolve()
    }
  }

  #tell(event: DeploymentEvent): void {
    this.ring.add(maskEvent(event))
    if (event.kind === 'plan') this.#setNumber(event.deployment)
  }

  /** Others take us for gone when we are late, so then we must not begin any more. */
  async #showLife(): Promise<void> {
    const { clock } = this.#world
    const begun = this.#begun.signal
    for (let aliveUntilMs = clock.now() + signsOfLife.aliveMs; !begun.aborted;) {
      await clock.wait(signsOfLife.renewEveryMs, begun).catch(() => undefined)
      if (begun.aborted) return
      if (clock.now() >= aliveUntilMs) return this.#lost.abort(new Error('others take this operation for lost'))
      const next = clock.now() + signsOfLife.aliveMs
      if (await this.#edit((record) => ({ ...record, aliveUntilMs: next }))) aliveUntilMs = next
    }
  }

  #setNumber(deployment: number): void {
    this.#begun.abort()
    this.#number.resolve(deployment)
    void this.#edit((record) => (record.deployment === deployment ? record : { ...record, deployment }))
  }

  async #succeed(outcome: Outcome): Promise<void> {
    this.#number.resolve(outcome.deployment)
    const endedAtMs = this.#world.clock.now()
    await this.#edit((record) => ({ ...record, deployment: outcome.deployment, outcome, endedAtMs }))
    await removeSecrets(this.#world, this.#options.id, patience())
  }

  /** What was handed over, or taken over, goes on elsewhere, and its secrets are still needed. */
  async #fail(error: unknown): Promise<void> {
    if (error instanceof LostLeaseError) {
      this.isElsewhere = true
      this.#number.resolve(undefined)
      return this.#complain(error)
    }
    const hasAnswered = this.#hasAnswered
    this.#number.reject(error)
    if (error instanceof HandedOverError) {
      await this.#writes
      return sealToken(this.#world, { operation: this.#options.id, token: error.token }, patience())
    }
    this.#complain(error)
    const { documents, clock } = this.#world
    if (hasAnswered) {
      await this.#edit((record) => ({ ...record, failure: toFailure(error), endedAtMs: clock.now() }))
    } else {
      await this.#writes
      await documents.remove(collections.operation, this.#options.id, patience())
    }
    await removeSecrets(this.#world, this.#options.id, patience())
  }

  /**
   * One write at a time; false when it was not written. A document that cannot be written is set right by whoever looks after
   * operations.
   */
  #edit(edit: (record: OperationRecord) => OperationRecord): Promise<boolean> {
    const turn = this.#writes.then(async () => {
      const { documents } = this.#world
      const found = await documents.find<OperationRecord>(collections.operation, this.#options.id, patience())
      if (found === undefined) return false
      const write = { expected: found.revision, value: edit(found.value) }
      await documents.put(collections.operation, this.#options.id, write, patience())
      return true
    })
    const settled = turn.catch((error: unknown) => {
      if (!(error instanceof ConflictError)) this.#complain(error)
      return false
    })
    this.#writes = settled
    return settled
  }

  #complain(error: unknown): void {
    const { id } = this.#options
    this.#world.log({ event: 'operation failed', operation: id, error: String(error) })
  }
}

/** Bookkeeping at the end has its own time: the operation's signal may be over. */
const patience = (): AbortSignal => AbortSignal.timeout(limits.requestMs)
