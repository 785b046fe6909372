import type { Route, RouteName } from '@atoll/api'
import { ConflictError } from '@atoll/store'
import { createHash } from 'node:crypto'
import type { Caller } from '../auth/authenticate.ts'
import type { Seals, World } from '../control.ts'
import { runLoop } from '../controllers/run-loop.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

export const collection = 'answered'

/** Document `answered`: a request with an Idempotency-Key, and its answer once there is one; that may hold a secret. */
export interface AnsweredRecord {
  readonly digest: string
  readonly atMs: number
  readonly answer?: unknown
}

interface Keyed {
  readonly name: RouteName
  readonly route: Route
  readonly caller: Caller | undefined
  readonly params: unknown
  readonly body: unknown
  /** Header `idempotency-key`. */
  readonly key: string | undefined
}

const placeOf = (id: string): string => `${collection}/${id}/answer`

/** ControlError `malformed`. */
export const requireKey = (key: string | undefined): string | undefined => {
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new ControlError('malformed', 'Idempotency-Key has 1 to 200 printable characters', { status: 400 })
}

/**
 * Does what was asked for once, however often it is asked with the same key, on whichever control: the answer is kept, sealed,
 * for a day. Keys are those of one session or token. What failed may be tried again. Operations have documents of their own for
 * this. ControlError `other-request`, or `under-way` while nobody knows the answer yet. Where the control died that began, it is
 * begun anew once no request can last any longer: what was done before that stays, as after any lost answer.
 */
export const answerOnce = async (
  world: World,
  keyed: Keyed,
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<unknown> => {
  const { name, route, caller } = keyed
  const isMeant = route.method === 'POST' && route.kind === 'json' && name !== 'startDeployment'
  const key = isMeant ? requireKey(keyed.key) : undefined
  if (key === undefined || caller === undefined) return work()
  const id = digestOf([caller.kind, caller.id, name, key]).slice(0, 40)
  const digest = digestOf([keyed.params, keyed.body])
  const claimed = await claim(world, { id, digest }, signal)
  if (claimed.kind === 'known') return openAnswer(world, id, claimed.record)
  const { revision } = claimed
  try {
    const answer = await work()
    await keep(world, { id, digest, answer, revision }, AbortSignal.timeout(limits.requestMs))
    return answer
  } catch (error) {
    await giveUp(world, { id, revision }, AbortSignal.timeout(limits.requestMs))
    throw error
  }
}

type Claim =
  | { readonly kind: 'ours'; readonly revision: number }
  | { readonly kind: 'known'; readonly record: AnsweredRecord }

/** Of two with the same key one comes second, and is given what the first has answered. */
const claim = async (
  world: World,
  { id, digest }: { readonly id: string; readonly digest: string },
  signal: AbortSignal,
): Promise<Claim> => {
  const first = await put(world, { id, digest, expected: 0 }, signal)
  if (first !== undefined) return first
  const known = await world.documents.find<AnsweredRecord>(collection, id, signal)
  // It failed meanwhile, or was too old to be kept.
  if (known === undefined) throw underWay()
  const { value, revision } = known
  if (value.digest !== digest) throw otherRequest()
  const isLeft = value.answer === undefined && world.clock.now() - value.atMs > limits.answerLeaseMs
  const taken = isLeft ? await put(world, { id, digest, expected: revision }, signal) : undefined
  return taken ?? { kind: 'known', record: value }
}

/** Undefined when somebody else was first. */
const put = async (
  { documents, clock }: World,
  { id, digest, expected }: { readonly id: string; readonly digest: string; readonly expected: number },
  signal: AbortSignal,
): Promise<Claim | undefined> => {
  const value: AnsweredRecord = { digest, atMs: clock.now() }
  try {
    const { revision } = await documents.put(collection, id, { expected, value }, signal)
    return { kind: 'ours', revision }
  } catch (error) {
    if (error instanceof ConflictError) return undefined
    throw error
  }
}

/** So that it may be tried again; what another control has taken over by now is that one's. */
const giveUp = async (
  { documents }: World,
  { id, revision }: { readonly id: string; readonly revision: number },
  signal: AbortSignal,
): Promise<void> => {
  const found = await documents.find(collection, id, signal)
  if (found?.revision === revision) await documents.remove(collection, id, signal)
}

const openAnswer = ({ seals }: World, id: string, { answer }: AnsweredRecord): unknown => {
  if (answer === undefined) throw underWay()
  const text = Buffer.from(seals.open(answer, placeOf(id))).toString()
  return (JSON.parse(text) as { readonly answer?: unknown }).answer
}

interface Answered {
  readonly id: string
  readonly digest: string
  readonly answer: unknown
  /** Of the claim. */
  readonly revision: number
}

/** It is done: who is told so must not hear that it failed because the answer could not be kept. */
const keep = async (
  { documents, seals, clock, log }: World,
  { id, digest, answer, revision }: Answered,
  signal: AbortSignal,
): Promise<void> => {
  const sealed = seals.seal(Buffer.from(JSON.stringify({ answer })), placeOf(id))
  const value: AnsweredRecord = { digest, atMs: clock.now(), answer: sealed }
  await documents
    .put(collection, id, { expected: revision, value }, signal)
    .catch((error: unknown) => log({ event: 'answer not kept', id, error: String(error) }))
}

/** The same under the key that seals now. */
export const resealAnswer = (seals: Pick<Seals, 'reseal'>, id: string, record: AnsweredRecord): AnsweredRecord =>
  record.answer === undefined ? record : { ...record, answer: seals.reseal(record.answer, placeOf(id)) }

/** Forgets what is older than a day, and the oldest where there are too many. */
export const forgetAnswers = (world: World, signal: AbortSignal): Promise<void> =>
  runLoop(
    world,
    { name: 'forget answers', everyMs: limits.settleEveryMs, look: (ended) => forgetOldAnswers(world, ended) },
    signal,
  )

export const forgetOldAnswers = async ({ documents, clock }: World, signal: AbortSignal): Promise<void> => {
  const found = await documents.list<AnsweredRecord>(collection, {}, signal)
  const newest = found.toSorted((a, b) => b.value.atMs - a.value.atMs)
  const sinceMs = clock.now() - limits.operationMs
  for (const [at, { id, value }] of newest.entries()) {
    if (at >= limits.answersKept || value.atMs < sinceMs) await documents.remove(collection, id, signal)
  }
}

const digestOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

const otherRequest = (): ControlError =>
  new ControlError('other-request', 'this Idempotency-Key was used for another request', {
    status: 422,
    hint: 'use a new key for a new request',
  })

const underWay = (): ControlError =>
  new ControlError('under-way', 'a request with this Idempotency-Key has begun, and nobody knows its answer yet', {
    status: 409,
    retry: true,
    retryAfterS: 2,
    hint: 'ask again; when its control was lost it is done anew after some two minutes, and the audit says what was done',
  })
