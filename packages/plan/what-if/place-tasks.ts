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
  for (let placed = 0; placed < count; placed += 1) {
    const room = chooseRoom(placing)
    if (room === undefined) return placed
    takeRoom(room, placing.rules)
    placing.held.set(room.node.id, heldOn(room, placing) + 1)
  }
  return count
}

const heldOn = ({ node }: Room, { held }: Pick<Placing, 'held'>): number => held.get(node.id) ?? 0

const chooseRoom = (placing: Placing): Room | undefined => {
  const { rules, open } = placing
  const branches = countBranches(placing)
  let best: { readonly room: Room; readonly rank: readonly number[] } | undefined
  for (const room of open) {
    if (findFullRule(room, rules, heldOn(room, placing)) !== undefined) continue
    const rank = [...branches(room), heldOn(room, placing), room.tasks]
    if (best === undefined || isBefore(rank, best.rank)) best = { room, rank }
  }
  return best?.room
}

/** What is equal stays as it was: in the order of the nodes. */
const isBefore = (a: readonly number[], b: readonly number[]): boolean => {
  const at = a.findIndex((value, index) => value !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** For each level of its spread, how many tasks of the service are in a node's branch. */
const countBranches = (placing: Placing): ((room: Room) => readonly number[]) => {
  const { rules, rooms } = placing
  const { spread } = rules.placement
  if (spread.length === 0) return () => []
  const counts = new Map<string, number>()
  for (const room of rooms) {
    for (const branch of listBranches(room, spread))
      counts.set(branch, (counts.get(branch) ?? 0) + heldOn(room, placing))
  }
  return (room) => listBranches(room, spread).map((branch) => counts.get(branch) ?? 0)
}

/** From the outermost in: each is named by its values so far. A label that is not set is a branch, too. */
const listBranches = ({ node }: Room, spread: readonly string[]): readonly string[] => {
  const values = spread.map((descriptor) => valueOf(node, descriptor))
  return values.map((_value, depth) => JSON.stringify(values.slice(0, depth + 1)))
}

const nodeLabels = 'node.labels.'
const engineLabels = 'engine.labels.'

const valueOf = ({ labels, engineLabels: ofEngine }: Room['node'], descriptor: string): string => {
  if (descriptor.startsWith(nodeLabels)) return labels[descriptor.slice(nodeLabels.length)] ?? ''
  if (descriptor.startsWith(engineLabels)) return ofEngine[descriptor.slice(engineLabels.length)] ?? ''
  return ''
}
