import { resume } from '@atoll/deploy'
import type { EnvironmentRecord } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { listOperations, prefixOf } from '../operations/records.ts'
import { openSecrets } from '../operations/sealed-secrets.ts'
import { runLoop } from './run-loop.ts'
import { settleOperations } from './settle-operations.ts'

interface Attempt {
  readonly delayMs: number
  readonly notBeforeMs: number
}

/** Finishes deployments whose owners are gone, or takes them back. Resolves when the signal has come and all are left. */
export const resumeAbandoned = async (world: World, signal: AbortSignal): Promise<void> => {
  const running = new Map<string, Promise<void>>()
  const failed = new Map<string, Attempt>()
  const look = async (): Promise<void> => {
    const found = await world.documents.list<EnvironmentRecord>('environment', {}, signal)
    for (const { id } of found.filter((document) => isAbandoned(document, world.clock.now()))) {
      const isTooEarly = (failed.get(id)?.notBeforeMs ?? 0) > world.clock.now()
      if (running.has(id) || isTooEarly || running.size >= limits.resumesAtOnce) continue
      const work = resumeOne(world, toRef(id), signal)
        .then(
          () => void failed.delete(id),
          (error: unknown) => noteFailure(world, { id, failed, error }),
        )
        .finally(() => running.delete(id))
      running.set(id, work)
    }
  }
  await runLoop(world, { name: 'resume abandoned', everyMs: limits.controllerEveryMs, look }, signal)
  await Promise.all(running.values())
}

const isAbandoned = ({ value }: Document<EnvironmentRecord>, nowMs: number): boolean =>
  value.running !== undefined && value.running.leaseUntilMs <= nowMs

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}

const resumeOne = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<void> => {
  world.log({ event: 'resume', ...ref })
  const secrets = await findSecrets(world, ref, signal)
  const { kind } = await resume(contextFor(world, 'atoll'), { ref, secrets }, { signal, onEvent: () => {} })
  world.log({ event: 'resumed', ...ref, outcome: kind })
  await settleOperations(world, prefixOf(ref), signal)
}

/** Of the operation that the deployment belongs to; one whose control died before it wrote the number down has none. */
const findSecrets = async (world: World, ref: EnvironmentRef, signal: AbortSignal) => {
  const id = prefixOf(ref).slice(0, -1)
  const environment = await world.documents.find<EnvironmentRecord>('environment', id, signal)
  const number = environment?.value.running?.deployment
  const operations = (await listOperations(world, prefixOf(ref), signal))
    .filter(({ value }) => value.endedAtMs === undefined && (value.deployment ?? number) === number)
    .toSorted(
      (a, b) => (b.value.deployment ?? 0) - (a.value.deployment ?? 0) || b.value.startedAtMs - a.value.startedAtMs,
    )
  const [operation] = operations
  return operation === undefined ? {} : openSecrets(world, operation.id, signal)
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
