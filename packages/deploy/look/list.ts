import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import type { Context } from '../context.ts'
import { collections, environmentId } from '../ledger/ledger.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord } from '../records.ts'
import { summarize } from './service-status.ts'
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
  const running = await context.engine.listEnvironments(signal)
  const refs = new Map([...records.keys(), ...running.map(environmentId)].map((id) => [id, toRef(id)]))
  const ids = [...refs.keys()].sort()
  const listed: ListedEnvironment[] = []
  for (let index = 0; index < ids.length; index += limits.environmentsAtOnce) {
    const some = ids.slice(index, index + limits.environmentsAtOnce).map(toRef)
    listed.push(...(await Promise.all(some.map((ref) => describe(context, { ref, records }, signal)))))
  }
  return listed
}

type Records = ReadonlyMap<string, Document<EnvironmentRecord>>

const listRecords = async (context: Context, signal: AbortSignal): Promise<Records> => {
  const reader = toReader(context, { app: '', environment: '' }, signal)
  const found = await persist(reader, { doing: 'list environments', limitMs: limits.documentsOutageMs }, () =>
    context.documents.list<EnvironmentRecord>(collections.environment, {}, signal),
  )
  return new Map(found.map((document) => [document.id, document]))
}

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const dot = id.indexOf('.')
  return { app: id.slice(0, dot), environment: id.slice(dot + 1) }
}

const describe = async (
  context: Context,
  { ref, records }: { readonly ref: EnvironmentRef; readonly records: Records },
  signal: AbortSignal,
): Promise<ListedEnvironment> => {
  const record = records.get(environmentId(ref))?.value
  const observed = await context.engine.observe(ref, signal)
  const services = summarize(undefined, observed, context.clock.now())
  const sum = (key: 'wanted' | 'running'): number => services.reduce((total, service) => total + service[key], 0)
  return {
    ref,
    ...(record?.current === undefined ? {} : { release: record.current }),
    ...(record?.running === undefined ? {} : { running: record.running }),
    services: services.length,
    good: services.filter(({ state }) => state === 'good' || state === 'done' || state === 'stopped').length,
    wanted: sum('wanted'),
    tasks: sum('running'),
  }
}
