import type { Service } from '@atoll/spec'
import { avoid } from '../drain.ts'
import { chooseMove, move } from './choose-move.ts'
import type { ChosenMove, TaskMove } from './choose-move.ts'
import { countService } from './count-service.ts'
import type { CountedService } from './count-service.ts'
import type { Observed } from '../observed.ts'
import { toOccupancy } from './occupancy.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { copyRooms, giveRoom, openRooms, takeRoom } from './room.ts'
import type { Room } from './room.ts'

/** What it takes to spread tasks evenly again, after a node came back or joined. */
export interface Rebalancing {
  /** Those that move. */
  readonly services: readonly RebalancedService[]
  /** Every node that is there, with the tasks on it, whosever. */
  readonly nodes: readonly RebalancedNode[]
}

export interface RebalancedService {
  readonly ref: { readonly app: string; readonly environment: string }
  readonly service: string
  readonly engineName: string
  /** One task each, one after the other. */
  readonly moves: readonly TaskMove[]
  /** Nodes that have none before and after are left out. */
  readonly nodes: readonly RebalancedNode[]
}

export interface RebalancedNode {
  readonly node: string
  /** Its label `zone`. */
  readonly zone?: string
  readonly before: number
  readonly after: number
}

/**
 * Moves that make services more even, by what they ask to be spread over (a zone, say) and then by nodes, each where Swarm
 * itself would place the task. Services that are not whole right now, or whose data is on one node, stay; so do those that
 * `mayMove` says no of.
 */
export const findRebalancing = (
  occupancy: Occupancy,
  mayMove: (service: PlacedService) => boolean = () => true,
): Rebalancing => {
  const rooms = copyRooms(openRooms(occupancy), new Set())
  const before = new Map(rooms.map(({ node, tasks }) => [node.id, tasks]))
  const services = occupancy.services
    .filter((service) => canMove(service) && mayMove(service))
    .toSorted((a, b) => (a.engineName < b.engineName ? -1 : 1))
    .flatMap((service) => spreadAgain(countService(service, occupancy.nodes), rooms) ?? [])
  return { services, nodes: rooms.map((room) => describeNode(room, before.get(room.node.id) ?? 0, room.tasks)) }
}

const canMove = ({ ref, rules, tasks }: PlacedService): boolean => {
  if (ref === undefined || rules.mode.kind !== 'replicated' || !rules.isRestarted || rules.volumes.length > 0) {
    return false
  }
  const wanted = tasks.filter(({ isWanted }) => isWanted)
  return wanted.length === rules.mode.replicas && wanted.every(({ isRunning }) => isRunning)
}

/** Undefined: it is as even as it gets. Changes the rooms. */
const spreadAgain = (counted: CountedService, rooms: readonly Room[]): RebalancedService | undefined => {
  const { ref, name, engineName, rules } = counted.service
  if (ref === undefined || rules.mode.kind !== 'replicated' || counted.before < rules.mode.replicas) return undefined
  const moves: TaskMove[] = []
  let { held } = counted
  for (
    let next = chooseMove({ counted, rooms, held });
    next !== undefined;
    next = chooseMove({ counted, rooms, held })
  ) {
    giveRoom(next.from, rules)
    takeRoom(next.to, rules)
    held = move(held, next)
    moves.push(describeMove(next))
  }
  if (moves.length === 0) return undefined
  const nodes = rooms.flatMap((room) => {
    const [before, after] = [counted.held.get(room.node.id) ?? 0, held.get(room.node.id) ?? 0]
    return before + after === 0 ? [] : [describeNode(room, before, after)]
  })
  return { ref, service: name, engineName, moves, nodes }
}

const describeMove = ({ kind, from, to }: ChosenMove): TaskMove => ({
  kind,
  fromId: from.node.id,
  from: from.node.name,
  to: to.node.name,
})

const describeNode = ({ node }: Room, before: number, after: number): RebalancedNode => ({
  node: node.name,
  ...(node.labels['zone'] === undefined ? {} : { zone: node.labels['zone'] }),
  before,
  after,
})

/** The service as it is asked for while a move goes on; asked for as it was again, one of its tasks has moved. */
export const askForMove = (service: Service, { kind, fromId }: Pick<TaskMove, 'kind' | 'fromId'>): Service => {
  if (kind === 'leave') {
    const constraints = [...service.placement.constraints, avoid(fromId)]
    return { ...service, placement: { ...service.placement, constraints } }
  }
  if (service.mode.kind !== 'replicated') return service
  return { ...service, mode: { ...service.mode, replicas: service.mode.replicas + 1 } }
}

/** Why its tasks are not moved without being told to; undefined when they are. */
export const explainStaying = ({ mode, update }: Service): string | undefined => {
  if (mode.kind !== 'replicated') return 'it runs once'
  return update.order === 'start-first' ? undefined : 'it stops before it starts in an update'
}

/** Of one environment, other apps left out of account: what `rebalance` would move without being told, a line each. */
export const findUneven = (observed: Observed): readonly string[] => {
  const definitions = new Map(observed.services.map((service) => [service.engineName, service]))
  const mayMove = ({ engineName }: PlacedService): boolean => {
    const found = definitions.get(engineName)
    return found?.definition !== undefined && found.drift.length === 0 && explainStaying(found.definition) === undefined
  }
  return findRebalancing(toOccupancy(observed), mayMove).services.map(describeUneven)
}

/** `web is spread unevenly: 3 on node-1, 0 on node-3`. */
export const describeUneven = ({ service, nodes }: RebalancedService): string => {
  const [fullest] = nodes.toSorted((a, b) => b.before - a.before)
  const gaining = nodes.filter(({ before, after }) => after > before).map(({ node, before }) => `${before} on ${node}`)
  return `${service} is spread unevenly: ${fullest?.before ?? 0} on ${fullest?.node ?? '?'}, ${gaining.join(', ')}`
}
