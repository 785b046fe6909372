import type { NameRecord, NameRepair } from '@atoll/deploy'
import { watchCollections } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import { isDeepStrictEqual } from 'node:util'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import type { Suspicion } from './judge-names.ts'
import { renderTrouble } from './render-trouble.ts'

export const idOf = ({ app, environment }: EnvironmentRef): string => `${app}.${environment}`

/** What was confirmed, with the names of nodes. */
export interface Confirmed {
  readonly suspicion: Suspicion
  readonly node: string
  readonly sinceMs: number
}

/** Writes down what stands now, where that is another thing than what was written before. ConflictError: somebody else did. */
export const writeTroubles = async (
  world: World,
  confirmed: readonly Confirmed[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Document<NameRecord>>> => {
  const known = await world.documents.list<NameRecord>(watchCollections.names, {}, signal)
  const records = new Map(known.map((document) => [document.id, document]))
  const perEnvironment = Map.groupBy(confirmed, ({ suspicion }) => idOf(suspicion.service))
  for (const id of new Set([...records.keys(), ...perEnvironment.keys()])) {
    const before = records.get(id)
    const next = await writeOne(world, { id, before, confirmed: perEnvironment.get(id) ?? [] }, signal)
    if (next === undefined) records.delete(id)
    else records.set(id, next)
  }
  return records
}

interface Write {
  readonly id: string
  readonly before: Document<NameRecord> | undefined
  readonly confirmed: readonly Confirmed[]
}

/** Undefined: it is gone, as there is nothing to tell any more. */
const writeOne = async (
  { documents, clock }: World,
  { id, before, confirmed }: Write,
  signal: AbortSignal,
): Promise<Document<NameRecord> | undefined> => {
  const nowMs = clock.now()
  const repairs = (before?.value.repairs ?? []).filter(({ atMs }) => nowMs - atMs < limits.names.tellRepairsMs)
  const troubles = confirmed
    .slice(0, limits.names.mostTroubles)
    .map(({ suspicion, node, sinceMs }) => renderTrouble({ suspicion, node, sinceMs, repairs, nowMs }))
  const value: NameRecord = { troubles, repairs }
  if (troubles.length + repairs.length === 0) {
    if (before !== undefined) await documents.remove(watchCollections.names, id, signal)
    return undefined
  }
  if (before !== undefined && isDeepStrictEqual(before.value, value)) return before
  return documents.put<NameRecord>(watchCollections.names, id, { expected: before?.revision ?? 0, value }, signal)
}

/** Claims a repair before it is made: a control that dies in the middle of it must not have the next make it again. */
export const claimRepair = async (
  { documents }: World,
  record: Document<NameRecord>,
  { repair, signal }: { readonly repair: NameRepair; readonly signal: AbortSignal },
): Promise<Document<NameRecord>> => {
  const repairs = [...record.value.repairs, repair].slice(-limits.names.keptRepairs)
  const value = { ...record.value, repairs }
  return documents.put<NameRecord>(watchCollections.names, record.id, { expected: record.revision, value }, signal)
}
