import type { Reply } from '@atoll/api'
import { ConflictError } from '@atoll/store'
import { createHash, randomBytes } from 'node:crypto'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { RunningOperation } from './running-operation.ts'
import type { Task } from './perform.ts'
import { collections, forgetOperations, prefixOf } from './records.ts'
import type { OperationRecord } from './records.ts'
import type { Ring } from './ring.ts'
import { keepSecrets } from './kept-secrets.ts'
import { sealSecrets } from './sealed-secrets.ts'
import { signsOfLife } from './signs-of-life.ts'

export interface StartRequest extends Task {
  /** Header `idempotency-key`. */
  readonly key?: string
}

/** The operations that this control carries. They end with it, and are carried on by whoever finds them then. */
export class Operations implements AsyncDisposable {
  readonly #world: World
  readonly #running = new Map<string, RunningOperation>()
  readonly #closed = new AbortController()

  constructor(world: World) {
    this.#world = world
  }

  /** The events of an operation, while this control still has them all. */
  findRing(id: string): Ring | undefined {
    const operation = this.#running.get(id)
    return operation?.isElsewhere === true ? undefined : operation?.ring
  }

  isCarrying(id: string): boolean {
    return this.#running.get(id)?.hasEnded === false
  }

  /**
   * Begins the work, and answers when it has the number of its deployment, or after a while without. Throws what it failed with
   * before that; then nothing was begun and nothing is kept of it. ControlError `other-request` when the key was used for another.
   */
  async start(request: StartRequest, signal: AbortSignal): Promise<Reply<'startDeployment'>> {
    this.#requireRoom()
    const id = createId(request)
    const digest = digestOf(JSON.stringify(request.request))
    const known = await this.#claim(id, { request, digest }, signal)
    if (known !== undefined) return known
    await this.#seal(id, request, signal)
    const operation = new RunningOperation(this.#world, { id, task: request, signal: this.#closed.signal })
    this.#running.set(id, operation)
    try {
      const deployment = await operation.begin()
      return { operation: id, ...(deployment === undefined ? {} : { deployment }) }
    } catch (error) {
      await operation.ended
      this.#running.delete(id)
      throw error
    } finally {
      this.#forgetEnded()
      forgetOperations(this.#world, request.ref, this.#closed.signal).catch((error: unknown) =>
        this.#world.log({ event: 'old operations are still there', error: String(error) }),
      )
    }
  }

  async #seal(id: string, { ref, project }: StartRequest, signal: AbortSignal): Promise<void> {
    try {
      await sealSecrets(this.#world, { operation: id, secrets: project?.secrets ?? {} }, signal)
      await keepSecrets(this.#world, { ref, project }, signal)
    } catch (error) {
      await this.#world.documents.remove(collections.operation, id, signal)
      throw error
    }
  }

  /** Leaves what runs to others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('this control is stopping'))
    await Promise.all([...this.#running.values()].map((operation) => operation.ended))
  }

  #requireRoom(): void {
    this.#closed.signal.throwIfAborted()
    const carried = [...this.#running.values()].filter(({ hasEnded }) => !hasEnded).length
    if (carried < limits.operationsAtOnce) return
    throw new ControlError('too-busy', `this control carries ${carried} operations`, {
      status: 503,
      retry: true,
      retryAfterS: 10,
    })
  }

  /** The document is the claim: of two with the same key one comes second, and is answered with the first. */
  async #claim(
    id: string,
    { request, digest }: { readonly request: StartRequest; readonly digest: string },
    signal: AbortSignal,
  ): Promise<Reply<'startDeployment'> | undefined> {
    const { ref, author, request: wanted } = request
    const { documents, clock, node } = this.#world
    const value: OperationRecord = {
      ref,
      kind: wanted.kind,
      by: author,
      node: node.name,
      startedAtMs: clock.now(),
      digest,
      aliveUntilMs: clock.now() + signsOfLife.aliveMs,
    }
    try {
      await documents.put(collections.operation, id, { expected: 0, value }, signal)
      return undefined
    } catch (error) {
      const known = error instanceof ConflictError ? await this.#find(id, signal) : undefined
      if (known === undefined) throw error
      if (known.digest !== digest) throw otherRequest()
      return { operation: id, ...(known.deployment === undefined ? {} : { deployment: known.deployment }) }
    }
  }

  async #find(id: string, signal: AbortSignal): Promise<OperationRecord | undefined> {
    return (await this.#world.documents.find<OperationRecord>(collections.operation, id, signal))?.value
  }

  /** Rings of what ended stay for a while for who follows; the oldest go first. */
  #forgetEnded(): void {
    const ended = [...this.#running].filter(([, { hasEnded }]) => hasEnded)
    for (const [id] of ended.slice(0, Math.max(0, ended.length - limits.operationsAtOnce))) this.#running.delete(id)
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The same person with the same key for the same environment means the same operation. */
const createId = ({ ref, author, key }: StartRequest): string => {
  const name = key === undefined ? randomBytes(12).toString('hex') : digestOf(`${author}\n${key}`).slice(0, 24)
  return prefixOf(ref) + name
}

const otherRequest = (): ControlError =>
  new ControlError('other-request', 'this Idempotency-Key was used for another request', {
    status: 422,
    hint: 'use a new key for a new request',
  })
