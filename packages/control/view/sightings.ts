import type { EnvironmentCount, EnvironmentRef } from '@atoll/engine'
import type { Observed, ObservedNode, Occupancy } from '@atoll/plan'
import { limits } from './limits.ts'

/** What was seen, and when the question for it was put. */
export interface Sighting<T> {
  readonly value: T
  readonly atMs: number
}

export interface SeenEnvironment {
  readonly ref: EnvironmentRef
  readonly seen: Sighting<Observed>
  /** When somebody last looked; -Infinity when nobody did. */
  readonly lookedAtMs: number
}

/** The last sighting of each environment, of the list of them, and of the nodes. A later one takes the place of one before. */
export interface Sightings {
  readonly find: (ref: EnvironmentRef) => Sighting<Observed> | undefined
  readonly nodes: () => Sighting<readonly ObservedNode[]> | undefined
  readonly list: () => Sighting<readonly EnvironmentRef[]> | undefined
  /** Of all at once; the last of single ones may be newer. */
  readonly counts: () => Sighting<readonly EnvironmentCount[]> | undefined
  readonly occupancy: () => Sighting<Occupancy> | undefined
  readonly environments: () => readonly SeenEnvironment[]
  /** Notes that somebody looked at what is known. */
  readonly look: (ref: EnvironmentRef, nowMs: number) => void
  readonly putObserved: (ref: EnvironmentRef, sighting: Sighting<Observed>) => void
  readonly putNodes: (sighting: Sighting<readonly ObservedNode[]>) => void
  readonly putList: (sighting: Sighting<readonly EnvironmentRef[]>) => void
  /** It is a list, too. */
  readonly putCounts: (sighting: Sighting<readonly EnvironmentCount[]>) => void
  readonly putOccupancy: (sighting: Sighting<Occupancy>) => void
}

type Entry = { -readonly [Key in keyof SeenEnvironment]: SeenEnvironment[Key] }

export const createSightings = (most: number = limits.environments): Sightings => {
  const entries = new Map<string, Entry>()
  let nodes: Sighting<readonly ObservedNode[]> | undefined
  let list: Sighting<readonly EnvironmentRef[]> | undefined
  let counts: Sighting<readonly EnvironmentCount[]> | undefined
  let occupancy: Sighting<Occupancy> | undefined
  const putNodes: Sightings['putNodes'] = (sighting) => {
    nodes = newer(nodes, sighting)
  }
  const putList: Sightings['putList'] = (sighting) => {
    list = newer(list, sighting)
    forgetGone(entries, sighting)
  }
  return {
    find: (ref) => entries.get(keyOf(ref))?.seen,
    nodes: () => nodes,
    list: () => list,
    counts: () => counts,
    occupancy: () => occupancy,
    environments: () => [...entries.values()],
    look: (ref, nowMs) => {
      const entry = entries.get(keyOf(ref))
      if (entry !== undefined) entry.lookedAtMs = nowMs
    },
    putObserved: ({ app, environment }, sighting) => {
      const key = keyOf({ app, environment })
      const known = entries.get(key)
      const { lookedAtMs = -Infinity } = known ?? {}
      entries.set(key, { ref: { app, environment }, seen: newer(known?.seen, sighting), lookedAtMs })
      putNodes({ value: sighting.value.nodes, atMs: sighting.atMs })
      if (entries.size > most) forgetHeaviest(entries, { except: key, nowMs: sighting.atMs })
    },
    putNodes,
    putList,
    putCounts: ({ value, atMs }) => {
      counts = newer(counts, { value, atMs })
      putList({ value: value.map(({ ref }) => ref), atMs })
    },
    putOccupancy: (sighting) => {
      occupancy = newer(occupancy, sighting)
      putNodes({ value: sighting.value.nodes, atMs: sighting.atMs })
    },
  }
}

const keyOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

const newer = <T>(known: Sighting<T> | undefined, sighting: Sighting<T>): Sighting<T> =>
  known === undefined || known.atMs <= sighting.atMs ? sighting : known

interface Room {
  readonly except: string
  readonly nowMs: number
}

/** Names that nobody has first, so that asking for many of them costs nothing real; then what is large and long unasked. */
const forgetHeaviest = (entries: Map<string, Entry>, { except, nowMs }: Room): void => {
  const weigh = ({ seen, lookedAtMs }: Entry): number => {
    const idleMs = Math.min(nowMs - lookedAtMs, longMs)
    const size = seen.value.services.reduce((sum, { tasks }) => sum + 1 + tasks.length, 0)
    return size === 0 ? Infinity : size * idleMs
  }
  let heaviest: { readonly key: string; readonly weight: number } | undefined
  for (const [key, entry] of entries) {
    const weight = key === except ? -1 : weigh(entry)
    if (heaviest === undefined || weight > heaviest.weight) heaviest = { key, weight }
  }
  if (heaviest !== undefined) entries.delete(heaviest.key)
}

const longMs = 365 * 86_400_000

/** Of what does not run any more only what somebody looked at lately is still asked for. */
const forgetGone = (entries: Map<string, Entry>, { value, atMs }: Sighting<readonly EnvironmentRef[]>): void => {
  const there = new Set(value.map(keyOf))
  for (const [key, { lookedAtMs }] of entries) {
    if (!there.has(key) && atMs - lookedAtMs > limits.lookedMs) entries.delete(key)
  }
}
