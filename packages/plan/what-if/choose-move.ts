import type { CountedService } from './count-service.ts'
import { findPlace, nameBranches } from './place-tasks.ts'
import type { Room } from './room.ts'

/** How one task of a service gets to another node without a moment with one less. */
export interface TaskMove {
  /**
   * `surge`: the service has one task more for a moment, and when that is taken back Swarm ends one where it has most;
   * `leave`: a node that has one task is avoided for a moment.
   */
  readonly kind: 'surge' | 'leave'
  readonly fromId: string
  readonly from: string
  readonly to: string
}

/** A service among the rooms of all nodes that are there. */
export interface Spreading {
  readonly counted: CountedService
  readonly rooms: readonly Room[]
  /** Its tasks by node; grows and shrinks as they move. */
  readonly held: ReadonlyMap<string, number>
}

export interface ChosenMove {
  readonly kind: TaskMove['kind']
  readonly from: Room
  readonly to: Room
}

/** The next move that makes it more even, by what it is spread over and then by nodes; undefined when none does. */
export const chooseMove = (spreading: Spreading): ChosenMove | undefined =>
  chooseSurge(spreading) ?? chooseLeaving(spreading)

/**
 * Which of the fullest nodes loses a task is Swarm's choice, and it knows no zones there: so each of them must be good.
 * Source: swarmkit, manager/orchestrator/replicated/services.go, where slots to remove are sorted.
 */
const chooseSurge = (spreading: Spreading): ChosenMove | undefined => {
  const to = findPlaceOf(spreading, () => true)
  if (to === undefined) return undefined
  const after = move(spreading.held, { to })
  const most = Math.max(...after.values())
  const fullest = spreading.rooms.filter(({ node }) => after.get(node.id) === most)
  const isGood = fullest.every((from) => isBetter(spreading, move(after, { from })))
  const [from] = fullest
  return isGood && from !== undefined ? { kind: 'surge', from, to } : undefined
}

/** Only where a spread is asked for: between nodes alone nothing is gained by a node with one task. */
const chooseLeaving = (spreading: Spreading): ChosenMove | undefined => {
  if (spreading.counted.service.rules.placement.spread.length === 0) return undefined
  for (const from of spreading.rooms.filter(({ node }) => spreading.held.get(node.id) === 1)) {
    const to = findPlaceOf(spreading, (room) => room !== from)
    if (to !== undefined && isBetter(spreading, move(spreading.held, { from, to }))) return { kind: 'leave', from, to }
  }
  return undefined
}

const findPlaceOf = ({ counted, rooms, held }: Spreading, mayTake: (room: Room) => boolean): Room | undefined => {
  const open = rooms.filter((room) => mayTake(room) && counted.findLasting(room) === undefined)
  return findPlace({ rules: counted.service.rules, open, rooms, held: new Map(held) })
}

interface Change {
  readonly from?: Room
  readonly to?: Room
}

/** The counts after it. */
export const move = (held: ReadonlyMap<string, number>, { from, to }: Change): ReadonlyMap<string, number> => {
  const after = new Map(held)
  if (to !== undefined) after.set(to.node.id, (after.get(to.node.id) ?? 0) + 1)
  if (from !== undefined) after.set(from.node.id, (after.get(from.node.id) ?? 0) - 1)
  return after
}

/** Every move that is better makes a sum of squares smaller, so there is always a last one. */
const isBetter = (spreading: Spreading, after: ReadonlyMap<string, number>): boolean => {
  const [old, fresh] = [measure(spreading, spreading.held), measure(spreading, after)]
  const depth = old.findIndex((value, at) => value !== fresh[at])
  return depth >= 0 && (fresh[depth] ?? 0) < (old[depth] ?? 0)
}

/** How uneven it is, from the outermost branches in, then between nodes: the squares of their counts. */
const measure = ({ rooms, counted }: Spreading, held: ReadonlyMap<string, number>): readonly number[] => {
  const { spread } = counted.service.rules.placement
  const branches = spread.map((_label, depth) =>
    sumSquares(rooms, { held, nameOf: ({ node }) => nameBranches(node, spread)[depth] ?? '' }),
  )
  return [...branches, sumSquares(rooms, { held, nameOf: ({ node }) => node.id })]
}

interface Counting {
  readonly held: ReadonlyMap<string, number>
  readonly nameOf: (room: Room) => string
}

const sumSquares = (rooms: readonly Room[], { held, nameOf }: Counting): number => {
  const counts = new Map<string, number>()
  for (const room of rooms) {
    const name = nameOf(room)
    counts.set(name, (counts.get(name) ?? 0) + (held.get(room.node.id) ?? 0))
  }
  return [...counts.values()].reduce((sum, count) => sum + count * count, 0)
}
