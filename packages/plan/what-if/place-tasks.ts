import type { ObservedNode } from '../observed.ts'
import { findFullRule } from './obstacles.ts'
import type { PlacingRules } from './occupancy.ts'
import { takeRoom } from './room.ts'
import type { Room } from './room.ts'

export interface Placing {
  readonly rules: PlacingRules
  /** Nodes that nothing but fullness keeps it off. */
  readonly open: readonly Room[]
  /** All that are left: tasks on any of them count for spreading. */
  readonly rooms: readonly Room[]
  /** Tasks of the service by node; grows. */
  readonly held: Map<string, number>
}

/**
 * Gives nodes to so many tasks of one service, as Swarm's scheduler does (swarmkit, manager/scheduler): of the nodes that can
 * take one, in the least used branch of its spread, the one with the fewest tasks of the service, then of all. Gives how many
 * found one.
 */
export const placeTasks = (count: number, placing: Placing): number => {
  const branches = openBranches(placing)
  for (let placed = 0; placed < count; placed += 1) {
    const room = chooseRoom(placing, branches)
    if (room === undefined) return placed
    takeRoom(room, placing.rules)
    placing.held.set(room.node.id, heldOn(room, placing) + 1)
    branches.add(room)
  }
  return count
}

/** The node one more task would be given; takes nothing. */
export const findPlace = (placing: Placing): Room | undefined => chooseRoom(placing, openBranches(placing))

const heldOn = ({ node }: Room, { held }: Pick<Placing, 'held'>): number => held.get(node.id) ?? 0

/** Of equal ones the first. */
const chooseRoom = (placing: Placing, branches: Branches): Room | undefined => {
  let best: Room | undefined
  for (const room of placing.open) {
    if (findFullRule(room, placing.rules, heldOn(room, placing)) !== undefined) continue
    if (best === undefined || compareRooms(room, best, { placing, branches }) < 0) best = room
  }
  return best
}

const compareRooms = (
  a: Room,
  b: Room,
  { placing, branches }: { readonly placing: Placing; readonly branches: Branches },
): number => branches.compare(a, b) || heldOn(a, placing) - heldOn(b, placing) || a.tasks - b.tasks

/** How many tasks of the service are in the branches of its spread. */
interface Branches {
  readonly compare: (a: Room, b: Room) => number
  /** Notes one more. */
  readonly add: (room: Room) => void
}

const noBranches: Branches = { compare: () => 0, add: () => {} }

const openBranches = (placing: Placing): Branches => {
  const { rules, rooms } = placing
  const { spread } = rules.placement
  if (spread.length === 0) return noBranches
  const names = new Map(rooms.map(({ node }) => [node.id, nameBranches(node, spread)]))
  const branchesOf = ({ node }: Room): readonly string[] => names.get(node.id) ?? []
  const counts = new Map<string, number>()
  const count = (branch: string | undefined): number => counts.get(branch ?? '') ?? 0
  const add = (room: Room, tasks: number): void => {
    for (const branch of branchesOf(room)) counts.set(branch, count(branch) + tasks)
  }
  for (const room of rooms) add(room, heldOn(room, placing))
  return {
    add: (room) => add(room, 1),
    compare: (a, b) => {
      const [one, other] = [branchesOf(a), branchesOf(b)]
      const depth = one.findIndex((branch, at) => count(branch) !== count(other[at]))
      return depth < 0 ? 0 : count(one[depth]) - count(other[depth])
    },
  }
}

/** From the outermost in: each is named by its values so far. A label that is not set is a branch, too. */
export const nameBranches = (node: ObservedNode, spread: readonly string[]): readonly string[] => {
  const values = spread.map((descriptor) => valueOf(node, descriptor))
  return values.map((_value, depth) => values.slice(0, depth + 1).join('\n'))
}

const nodeLabels = 'node.labels.'
const engineLabels = 'engine.labels.'

const valueOf = (node: ObservedNode, descriptor: string): string => {
  if (descriptor.startsWith(nodeLabels)) return node.labels[descriptor.slice(nodeLabels.length)] ?? ''
  if (descriptor.startsWith(engineLabels)) return node.engineLabels[descriptor.slice(engineLabels.length)] ?? ''
  return ''
}
