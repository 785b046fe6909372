import type { EnvironmentCount, EnvironmentRef } from '@atoll/engine'
import type { Context } from '../context.ts'
import { collections, environmentId } from '../ledger/ledger.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord } from '../records.ts'
import { toReader } from './reader.ts'

/** One environment in a list. */
export interface ListedEnvironment {
  readonly ref: EnvironmentRef
  /** Release that last converged. */
  readonly release?: number
  /** Deployment under way. */
  readonly running?: NonNullable<EnvironmentRecord['running']>
  readonly services: number
  /** Services that are as they should be. */
  readonly good: number
  /** Tasks that should run and do. */
  readonly wanted: number
  readonly tasks: number
}

/** Every environment the engine runs or the documents know, by name. */
export const list = async (context: Context, signal: AbortSignal): Promise<readonly ListedEnvironment[]> => {
  const records = await listRecords(context, signal)
  const counts = await context.engine.countEnvironments(signal)
  const counted = new Map(counts.map((count) => [environmentId(count.ref), count]))
  const ids = new Set([...records.keys(), ...counted.keys()])
  return [...ids].sort().map((id) => describe(toRef(id), counted.get(id), records.get(id)))
}

const listRecords = async (context: Context, signal: AbortSignal): Promise<ReadonlyMap<string, EnvironmentRecord>> => {
  const reader = toReader(context, { app: '', environment: '' }, signal)
  const found = await persist(reader, { doing: 'list environments', limitMs: limits.documentsOutageMs }, () =>
    context.documents.list<EnvironmentRecord>(collections.environment, {}, signal),
  )
  return new Map(found.map((document) => [document.id, document.value]))
}

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const dot = id.indexOf('.')
  return { app: id.slice(0, dot), environment: id.slice(dot + 1) }
}

/** Without a count nothing of it runs. */
const describe = (
  ref: EnvironmentRef,
  { services, good, wanted, tasks }: Omit<EnvironmentCount, 'ref'> = { services: 0, good: 0, wanted: 0, tasks: 0 },
  record: EnvironmentRecord | undefined,
): ListedEnvironment => ({
  ref,
  ...(record?.current === undefined ? {} : { release: record.current }),
  ...(record?.running === undefined ? {} : { running: record.running }),
  services,
  good,
  wanted,
  tasks,
})
