import { HandedOverError, resume } from '@atoll/deploy'
import type { EnvironmentRecord } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { isLeader } from '../is-leader.ts'
import { limits } from '../limits.ts'
import { collections, listOperations, prefixOf } from '../operations/records.ts'
import type { OperationRecord } from '../operations/records.ts'
import { listTokens, openSecrets, sealToken } from '../operations/sealed-secrets.ts'
import { signsOfLife } from '../operations/signs-of-life.ts'
import { runLoop } from './run-loop.ts'
import { settleOperations } from './settle-operations.ts'

/** The platform itself: agents refuse it to controls. Whoever runs the command again goes on with it. */
const reservedApp = 'atoll'

interface Attempt {
  readonly delayMs: number
  readonly notBeforeMs: number
}

/**
 * Finishes deployments whose owners are gone, or takes them back: the leader's control at once, the others what it has left for
 * a while, as it may hang itself. Resolves when the signal has come and all are left.
 */
export const resumeAbandoned = async (world: World, signal: AbortSignal): Promise<void> => {
  const running = new Map<string, Promise<void>>()
  const failed = new Map<string, Attempt>()
  let lookedAtMs = -Infinity
  const look = async (): Promise<void> => {
    const isOurs = await isLeader(world, signal)
    if (!isOurs && world.clock.now() - lookedAtMs < signsOfLife.othersAfterMs) return
    lookedAtMs = world.clock.now()
    const found = await world.recentDocuments.list<EnvironmentRecord>('environment', {}, signal)
    const held = found.filter(({ id, value }) => value.running !== undefined && toRef(id).app !== reservedApp)
    const tokens = held.length === 0 || !isOurs ? new Set<string>() : await listTokens(world, signal)
    const nowMs = world.clock.now() - (isOurs ? 0 : signsOfLife.othersAfterMs)
    for (const { id, value } of held.filter((document) => isAbandoned(document, { tokens, nowMs }))) {
      const isTooEarly = (failed.get(id)?.notBeforeMs ?? 0) > world.clock.now()
      if (running.has(id) || isTooEarly || running.size >= limits.resumesAtOnce) continue
      const work = resumeOne(world, { ref: toRef(id), token: passedOn(value, tokens) }, signal)
        .then(
          () => void failed.delete(id),
          (error: unknown) => noteFailure(world, { id, failed, error }),
        )
        .finally(() => running.delete(id))
      running.set(id, work)
    }
  }
  const loop = { name: 'resume abandoned', everyMs: limits.controllerEveryMs, isOnEvery: true, look }
  await runLoop(world, loop, signal)
  await Promise.all(running.values())
}

interface Look {
  /** Of leases that were passed on. */
  readonly tokens: ReadonlySet<string>
  readonly nowMs: number
}

const isAbandoned = ({ value: { running } }: Document<EnvironmentRecord>, { tokens, nowMs }: Look): boolean =>
  running !== undefined && (running.leaseUntilMs <= nowMs || tokens.has(running.token))

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}

/** Only this lease may be taken at once; the owner of any other may still show that it is alive. */
const passedOn = ({ running }: EnvironmentRecord, tokens: ReadonlySet<string>): string | undefined =>
  running !== undefined && tokens.has(running.token) ? running.token : undefined

interface Abandoned {
  readonly ref: EnvironmentRef
  readonly token: string | undefined
}

const resumeOne = async (world: World, { ref, token }: Abandoned, signal: AbortSignal): Promise<void> => {
  world.log({ event: 'resume', ...ref })
  const operation = await findOperation(world, ref, signal)
  const secrets = operation === undefined ? {} : await openSecrets(world, operation, signal)
  const request = { ref, secrets, ...(token === undefined ? {} : { token }) }
  try {
    const { kind } = await resume(contextFor(world, 'atoll'), request, { signal, onEvent: () => {} })
    world.log({ event: 'resumed', ...ref, outcome: kind })
  } catch (error) {
    if (!(error instanceof HandedOverError) || operation === undefined) throw error
    return sealToken(world, { operation, token: error.token }, AbortSignal.timeout(limits.requestMs))
  }
  await settleOperations(world, prefixOf(ref), signal)
}

/** The operation that the deployment belongs to; one whose control died before it wrote the number down has none. */
const findOperation = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<string | undefined> => {
  const id = prefixOf(ref).slice(0, -1)
  const environment = await world.documents.find<EnvironmentRecord>('environment', id, signal)
  const number = environment?.value.running?.deployment
  const operations = (await listOperations(world, prefixOf(ref), signal))
    .filter(({ value }) => value.endedAtMs === undefined && (value.deployment ?? number) === number)
    .toSorted(
      (a, b) => (b.value.deployment ?? 0) - (a.value.deployment ?? 0) || b.value.startedAtMs - a.value.startedAtMs,
    )
  const [operation] = operations
  if (operation !== undefined) await noteNumber(world, { operation, number }, signal)
  return operation?.id
}

/** Else nobody who follows the operation would learn that it has become this deployment. */
const noteNumber = async (
  { documents }: World,
  { operation, number }: { readonly operation: Document<OperationRecord>; readonly number: number | undefined },
  signal: AbortSignal,
): Promise<void> => {
  const { id, revision, value } = operation
  if (number === undefined || value.deployment !== undefined) return
  const write = { expected: revision, value: { ...value, deployment: number } }
  await documents.put(collections.operation, id, write, signal)
}

interface Failure {
  readonly id: string
  readonly failed: Map<string, Attempt>
  readonly error: unknown
}

const noteFailure = (world: World, { id, failed, error }: Failure): void => {
  const { first, last } = limits.resumeBackoffMs
  const delayMs = Math.min((failed.get(id)?.delayMs ?? first / 2) * 2, last)
  failed.set(id, { delayMs, notBeforeMs: world.clock.now() + delayMs })
  world.log({ event: 'resume failed', environment: id, error: String(error), againInMs: delayMs })
}
