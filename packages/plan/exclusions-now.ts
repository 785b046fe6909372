import type { Service } from '@atoll/spec'
import { exclusions } from './exclusions.ts'
import type { Exclusion } from './exclusions.ts'
import type { Observed } from './observed.ts'
import { renderBytes, renderProcessors } from './quantities.ts'
import { toOccupancy } from './what-if/occupancy.ts'
import { openRooms } from './what-if/room.ts'
import type { Room } from './what-if/room.ts'

/**
 * For each node that cannot take one more task of the service now, the rule that excludes it, with what tasks of the same
 * environment reserve there already. What other apps reserve is not observed, so there may be less room than is said.
 */
export const exclusionsNow = (service: Service, observed: Observed): readonly Exclusion[] => {
  const rooms = openRooms(toOccupancy(observed))
  return observed.nodes.flatMap((node) => {
    const [lasting] = exclusions(service, [node])
    if (lasting !== undefined) return [lasting]
    const room = rooms.get(node.id)
    return (room && findFull(service, room)) ?? []
  })
}

const findFull = ({ resources }: Service, { node, memoryBytes, nanoCpus }: Room): Exclusion | undefined => {
  const wanted = resources.reservations
  if (wanted.memoryBytes !== undefined && wanted.memoryBytes > memoryBytes) {
    const left = `at most ${renderBytes(Math.max(0, memoryBytes))} of ${renderBytes(node.memoryBytes)} left`
    const reason = `${renderBytes(wanted.memoryBytes)} of memory wanted, ${left}`
    return { node: node.name, rule: 'memory', reason }
  }
  if (wanted.nanoCpus !== undefined && wanted.nanoCpus > nanoCpus) {
    const left = `at most ${renderProcessors(Math.max(0, nanoCpus))} of ${renderProcessors(node.nanoCpus)} left`
    return { node: node.name, rule: 'processors', reason: `${renderProcessors(wanted.nanoCpus)} wanted, ${left}` }
  }
  return undefined
}
