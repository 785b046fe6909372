import { countServices } from '@atoll/plan'
import type { Observed } from '@atoll/plan'
import type { EnvironmentCount, EnvironmentRef } from '@atoll/engine'
import type { Sighting, Sightings } from './sightings.ts'

/**
 * How environments were doing when each was last seen, alone or with all others. As old as the oldest of it; undefined as long
 * as one of them was never seen.
 */
export const findKnownCounts = (sightings: Sightings): Sighting<readonly EnvironmentCount[]> | undefined => {
  const list = sightings.list()
  if (list === undefined) return undefined
  const together = sightings.counts()
  const counted = new Map(together?.value.map((count) => [nameOf(count.ref), count]))
  const found: EnvironmentCount[] = []
  let atMs = list.atMs
  for (const ref of list.value) {
    const alone = sightings.find(ref)
    const count = counted.get(nameOf(ref))
    const isNewer = alone !== undefined && (count === undefined || alone.atMs > (together?.atMs ?? 0))
    const seen = isNewer
      ? { count: countObserved(ref, alone.value), atMs: alone.atMs }
      : { count, atMs: together?.atMs }
    if (seen.count === undefined) return undefined
    found.push(seen.count)
    atMs = Math.min(atMs, seen.atMs ?? atMs)
  }
  return { value: found, atMs }
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

const countObserved = (ref: EnvironmentRef, observed: Observed): EnvironmentCount => ({
  ref,
  ...countServices(
    observed.services.filter(({ isOwned }) => isOwned),
    observed,
  ),
})
