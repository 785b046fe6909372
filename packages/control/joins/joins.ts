import { ConflictError } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { describeComer } from './open-invitation.ts'
import type { FoundInvitation } from './open-invitation.ts'
import { collection } from './records.ts'
import type { JoinEnd, JoinProgress, ServerInvitationRecord } from './records.ts'
import { settleJoin } from './settle-join.ts'
import type { Door } from './settle-join.ts'

interface RunningJoin {
  step: string
  readonly door: Door
  /** Never rejects. */
  ended: Promise<void>
  result?: { readonly end: JoinEnd } | { readonly error: unknown }
}

/** What the server says of itself, again and again. */
interface Asked {
  readonly nodeId: string
  /** Somebody answers at its port of the managers. */
  readonly holdsDoor: boolean
}

interface Run {
  readonly id: string
  readonly nodeId: string
  readonly running: RunningJoin
}

/** Servers that are in and not proven yet, as far as this control carries them. It takes longer than a request may. */
export class Joins implements AsyncDisposable {
  readonly #world: World
  readonly #running = new Map<string, RunningJoin>()
  readonly #closed = new AbortController()

  constructor(world: World) {
    this.#world = world
  }

  /** Begins it where nobody has, and tells how far it is; throws what it failed with, after which it is begun anew. */
  async settle(found: FoundInvitation, asked: Asked, signal: AbortSignal): Promise<JoinProgress> {
    const running = this.#running.get(found.id) ?? (await this.#begin(found, asked, signal))
    if (running !== undefined) running.door.isHeld = asked.holdsDoor
    const patience = new AbortController()
    const enough = this.#world.clock.wait(limits.joins.answerMs, AbortSignal.any([signal, patience.signal]))
    await Promise.race([enough.catch(() => undefined), ...(running === undefined ? [] : [running.ended])])
    patience.abort()
    if (running === undefined) return { kind: 'working', step: 'another control is proving it', leavesDoor: false }
    const { result, step, door } = running
    if (result === undefined) return { kind: 'working', step, leavesDoor: door.isDone }
    if ('error' in result) throw result.error
    return result.end
  }

  /** Leaves what runs to whoever is asked next. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('this control is stopping'))
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  /** Undefined while another control carries it. */
  async #begin(
    found: FoundInvitation,
    { nodeId, holdsDoor }: Asked,
    signal: AbortSignal,
  ): Promise<RunningJoin | undefined> {
    const { id, value } = found
    this.#closed.signal.throwIfAborted()
    if (value.carried !== undefined && value.carried.untilMs > this.#world.clock.now()) return undefined
    const claim = await claimJoin(this.#world, found, signal)
    if (claim === undefined) return undefined
    const door: Door = { isHeld: holdsDoor, isDone: false }
    const running: RunningJoin = { step: 'begin', door, ended: Promise.resolve() }
    this.#running.set(id, running)
    // Who asks when it has ended finds it in the document, or begins anew.
    running.ended = this.#run(claim, { id, nodeId, running }).finally(() => this.#running.delete(id))
    return running
  }

  async #run(claim: Claim, { id, nodeId, running }: Run): Promise<void> {
    const world = this.#world
    const tell = (step: string): void => void (running.step = step)
    const lost = new AbortController()
    const done = new AbortController()
    const signal = AbortSignal.any([this.#closed.signal, lost.signal])
    const life = showLife(world, claim, { lost, signal: done.signal })
    try {
      const end = await settleJoin(world, { id, record: claim.value, nodeId, tell, door: running.door }, signal)
      done.abort()
      await life
      await claim.write({ ...claim.value, end })
      await this.#note({ id, value: claim.value }, end)
      running.result = { end }
    } catch (error) {
      done.abort()
      await life
      await claim.write(claim.value).catch(() => undefined)
      world.log({ event: 'server not settled', invitation: id, error: String(error) })
      running.result = { error }
    }
  }

  async #note(found: Pick<FoundInvitation, 'id' | 'value'>, { nodeId: subject, ...after }: JoinEnd): Promise<void> {
    const { address = '' } = found.value.taken ?? {}
    const entry = { by: describeComer(found), action: 'settleJoin', subject, address, after }
    await appendAudit(this.#world, entry, AbortSignal.timeout(limits.requestMs))
  }
}

/** One invitation, as long as nobody else has written it. */
interface Claim {
  /** Without who carries it. */
  readonly value: ServerInvitationRecord
  readonly write: (value: ServerInvitationRecord) => Promise<void>
}

const claimJoin = async (
  world: World,
  { id, revision, value }: FoundInvitation,
  signal: AbortSignal,
): Promise<Claim | undefined> => {
  const { carried: _, end: __, ...plain } = value
  let expected = revision
  const write = async (next: ServerInvitationRecord): Promise<void> => {
    const ending = AbortSignal.timeout(limits.requestMs)
    expected = (await world.documents.put(collection, id, { expected, value: next }, ending)).revision
  }
  signal.throwIfAborted()
  try {
    await write({ ...plain, carried: sign(world) })
    return { value: plain, write }
  } catch (error) {
    if (error instanceof ConflictError) return undefined
    throw error
  }
}

const sign = ({ node, clock }: World): { readonly node: string; readonly untilMs: number } => ({
  node: node.name,
  untilMs: clock.now() + limits.joins.aliveMs,
})

/** Ends with the signal, or when somebody took the invitation back. */
const showLife = async (
  world: World,
  { value, write }: Claim,
  { lost, signal }: { readonly lost: AbortController; readonly signal: AbortSignal },
): Promise<void> => {
  while (!signal.aborted) {
    await world.clock.wait(limits.joins.renewEveryMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      await write({ ...value, carried: sign(world) })
    } catch (error) {
      if (!(error instanceof ConflictError)) continue
      return lost.abort(new Error('the invitation was taken back, or another control goes on with it'))
    }
  }
}
