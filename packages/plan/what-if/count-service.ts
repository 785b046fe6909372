import type { ObservedNode } from '../observed.ts'
import { findLastingObstacle } from './obstacles.ts'
import type { Obstacle } from './obstacles.ts'
import type { PlacedService } from './occupancy.ts'
import { isPresent } from './room.ts'
import type { Room } from './room.ts'

/** A service with what is the same whichever nodes go. */
export interface CountedService {
  readonly service: PlacedService
  /** Wanted tasks by node, where they count as running. */
  readonly held: ReadonlyMap<string, number>
  readonly before: number
  /** What keeps it off a node however much runs there; judged once for each. */
  readonly findLasting: (room: Room) => Obstacle | undefined
}

export const countService = (service: PlacedService, nodes: readonly ObservedNode[]): CountedService => {
  const held = countByNode(service, nodes)
  const judged = new Map<string, Obstacle | undefined>()
  return {
    service,
    held,
    before: [...held.values()].reduce((sum, count) => sum + count, 0),
    findLasting: ({ node }) => {
      if (!judged.has(node.id)) judged.set(node.id, findLastingObstacle(node, service.rules, nodes))
      return judged.get(node.id)
    },
  }
}

/** Tasks of a node that is drained or away are on their way elsewhere already. */
const countByNode = ({ tasks }: PlacedService, nodes: readonly ObservedNode[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { nodeId, isWanted } of tasks) if (isWanted) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1)
  for (const id of counts.keys()) {
    const node = nodes.find((each) => each.id === id)
    if (node === undefined || !isPresent(node) || node.availability === 'drain') counts.delete(id)
  }
  return counts
}
