import { toOccupancy } from '@atoll/plan'
import type { Occupancy } from '@atoll/plan'
import type { Sighting, Sightings } from './sightings.ts'

/**
 * What services hold of the nodes, as it was last seen of all together, or of every environment alone when that is newer;
 * then services of others are not in it. As old as the oldest of it; undefined as long as some was never seen.
 */
export const findKnownOccupancy = (sightings: Sightings): Sighting<Occupancy> | undefined => {
  const together = sightings.occupancy()
  const alone = joinEnvironments(sightings)
  return alone !== undefined && (together === undefined || alone.atMs > together.atMs) ? alone : together
}

const joinEnvironments = (sightings: Sightings): Sighting<Occupancy> | undefined => {
  const list = sightings.list()
  const nodes = sightings.nodes()
  if (list === undefined || nodes === undefined) return undefined
  const seen = list.value.flatMap((ref) => sightings.find(ref) ?? [])
  if (seen.length < list.value.length) return undefined
  const services = seen.flatMap(({ value }) => toOccupancy(value).services)
  return {
    value: { nodes: nodes.value, services },
    atMs: Math.min(list.atMs, nodes.atMs, ...seen.map(({ atMs }) => atMs)),
  }
}
