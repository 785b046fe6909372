import { findStateExclusion } from '../exclusions.ts'
import type { ObservedNode } from '../observed.ts'
import type { Occupancy, PlacingRules } from './occupancy.ts'

/** What is left of a node, by what tasks reserve and not by what they use. It changes as tasks are placed. */
export interface Room {
  readonly node: ObservedNode
  memoryBytes: number
  nanoCpus: number
  /** Tasks that are wanted there, whosever. */
  tasks: number
  readonly ports: Set<string>
}

/** The room of every node, with what runs now. */
export const openRooms = ({ nodes, services }: Occupancy): ReadonlyMap<string, Room> => {
  const rooms = new Map(
    nodes.map((node): [string, Room] => {
      const { memoryBytes, nanoCpus } = node
      return [node.id, { node, memoryBytes, nanoCpus, tasks: 0, ports: new Set() }]
    }),
  )
  for (const { rules, tasks } of services) {
    for (const { nodeId, isWanted } of tasks) {
      const room = rooms.get(nodeId)
      if (room !== undefined) takeRoom(room, rules, isWanted ? 1 : 0)
    }
  }
  return rooms
}

export const takeRoom = (room: Room, { reservations, nodePorts }: PlacingRules, tasks = 1): void => {
  room.memoryBytes -= reservations.memoryBytes
  room.nanoCpus -= reservations.nanoCpus
  room.tasks += tasks
  for (const port of nodePorts) room.ports.add(port)
}

/** What one task of it held there is free again. */
export const giveRoom = (room: Room, { reservations, nodePorts }: PlacingRules): void => {
  room.memoryBytes += reservations.memoryBytes
  room.nanoCpus += reservations.nanoCpus
  room.tasks -= 1
  for (const port of nodePorts) room.ports.delete(port)
}

/** The same to change anew, of the nodes that stay and are there. */
export const copyRooms = (rooms: ReadonlyMap<string, Room>, lost: ReadonlySet<string>): readonly Room[] =>
  [...rooms.values()]
    .filter(({ node }) => !lost.has(node.id) && isPresent(node))
    .map((room) => ({ ...room, ports: new Set(room.ports) }))

/** Whether it answers the managers, as far as they know. */
export const isPresent = ({ state }: ObservedNode): boolean => state !== 'down' && state !== 'disconnected'

export const takesTasks = (node: ObservedNode): boolean => findStateExclusion(node) === undefined
