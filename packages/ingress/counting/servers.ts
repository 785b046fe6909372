import { addServiceAnswers, noServiceAnswers } from '@atoll/engine'
import type { ServiceAnswers, ServiceTally } from '@atoll/engine'

/** What one place for a task has counted since its worker began. */
export interface ServerCounted extends Omit<ServiceAnswers, 'totalMs'> {
  /** Until answers began, of the last few hundred: HAProxy keeps no more of them. */
  readonly meanMs: number
}

/** By name of the place. */
export type ServerSample = ReadonlyMap<string, ServerCounted>

export type ServerBook = ReadonlyMap<string, ServiceAnswers>

/** What is new since the look before took as long as the mean says; looks may come in any order. */
export const noteServers = (known: ServerBook, sample: ServerSample): ServerBook => {
  const noted = new Map(known)
  for (const [name, { meanMs, ...counted }] of sample) {
    const before = known.get(name) ?? noServiceAnswers
    noted.set(name, {
      answered: Math.max(before.answered, counted.answered),
      errors: Math.max(before.errors, counted.errors),
      failed: Math.max(before.failed, counted.failed),
      totalMs: before.totalMs + Math.max(0, counted.answered - before.answered) * meanMs,
    })
  }
  return noted
}

export const addServers = (a: ServerBook, b: ServerBook): ServerBook => {
  const sum = new Map(a)
  for (const [name, counted] of b) sum.set(name, addServiceAnswers(sum.get(name) ?? noServiceAnswers, counted))
  return sum
}

/** Places are called `SERVICE-NUMBER`, whatever task has them. Nothing where one service answers alone. */
export const sumByService = (servers: ServerBook): readonly ServiceTally[] => {
  const sums = new Map<string, ServiceAnswers>()
  for (const [name, counted] of servers) {
    const service = name.replace(/-\d+$/, '')
    sums.set(service, addServiceAnswers(sums.get(service) ?? noServiceAnswers, counted))
  }
  if (sums.size < 2) return []
  return [...sums].map(([service, sum]) => ({ service, ...sum })).toSorted((a, b) => (a.service < b.service ? -1 : 1))
}
