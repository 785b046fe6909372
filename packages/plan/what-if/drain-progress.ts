import { avoid, findDrain } from '../drain.ts'
import type { Drain } from '../drain.ts'
import type { ObservedNode } from '../observed.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { isWhole } from './outcome.ts'
import type { ServiceLoss } from './outcome.ts'
import { whatIf } from './what-if.ts'

/** How far the draining of a node has come, from one look. */
export interface DrainProgress extends Drain {
  readonly nodeId: string
  readonly node: string
  /** `moving`: it still takes tasks; `emptying`: it does not, and what is there stops; `drained`: nothing is left. */
  readonly stage: 'moving' | 'emptying' | 'drained'
  /** Tasks that are there, those that stop included. */
  readonly tasks: number
  /** Those with tasks there, and those that have fewer running than they should. */
  readonly services: readonly DrainedService[]
}

export interface DrainedService {
  /** Absent: somebody else's. */
  readonly ref?: { readonly app: string; readonly environment: string }
  readonly service: string
  readonly mode: 'replicated' | 'global'
  /** Tasks there. */
  readonly here: number
  /** Running and wanted, on other nodes. */
  readonly elsewhere: number
  /** Tasks there should be; not of a global one, nor of one that may end by itself. */
  readonly wanted?: number
  /**
   * `moves`: it starts elsewhere before it stops here; `follows`: the engine stops it and starts it elsewhere, once the others
   * are away; `stays`: it could not start elsewhere, and runs here as long as it may; `ends`: one on each node, of which this one
   * ends; `away`: no task is here any more.
   */
  readonly way: 'moves' | 'follows' | 'stays' | 'ends' | 'away'
  /** Why it stays, in numbers. */
  readonly because: readonly string[]
}

/** Undefined: there is no such node, or it is not to be drained. */
export const findDrainProgress = (occupancy: Occupancy, nodeId: string): DrainProgress | undefined => {
  const node = occupancy.nodes.find(({ id }) => id === nodeId)
  const drain = node && findDrain(node)
  if (node === undefined || drain === undefined) return undefined
  const losses = new Map(
    whatIf(occupancy, [nodeId], { isOnlyTasks: true }).services.map((loss) => [keyOf(loss.ref, loss.service), loss]),
  )
  const services = occupancy.services
    .map((service) => describe(service, nodeId, losses.get(keyOf(service.ref, service.name))))
    .filter(({ here, elsewhere, wanted = 0 }) => here > 0 || elsewhere < wanted)
  const tasks = services.reduce((sum, { here }) => sum + here, 0)
  return { nodeId, node: node.name, ...drain, stage: findStage(node, tasks), tasks, services }
}

const keyOf = (ref: PlacedService['ref'], name: string): string => `${ref?.app ?? ''}/${ref?.environment ?? ''}/${name}`

/** A node that is down tells of no end of its tasks. */
const findStage = ({ availability, state }: ObservedNode, tasks: number): DrainProgress['stage'] => {
  if (availability !== 'drain') return 'moving'
  return tasks === 0 || state === 'down' ? 'drained' : 'emptying'
}

const describe = (placed: PlacedService, nodeId: string, loss: ServiceLoss | undefined): DrainedService => {
  const { ref, name, rules, tasks } = placed
  const here = tasks.filter((task) => task.nodeId === nodeId).length
  const elsewhere = tasks.filter((task) => task.nodeId !== nodeId && task.isWanted && task.isRunning).length
  const way = here === 0 ? 'away' : chooseWay(placed, nodeId, loss)
  return {
    ...(ref === undefined ? {} : { ref }),
    service: name,
    mode: rules.mode.kind,
    here,
    elsewhere,
    ...(rules.mode.kind === 'replicated' && rules.isRestarted ? { wanted: rules.mode.replicas } : {}),
    way,
    because: way === 'stays' && loss !== undefined ? explain(loss) : [],
  }
}

const chooseWay = ({ rules }: PlacedService, nodeId: string, loss: ServiceLoss | undefined): DrainedService['way'] => {
  if (rules.mode.kind === 'global') return 'ends'
  if (loss !== undefined && !isWhole(withoutSurplus(loss))) return 'stays'
  return rules.placement.constraints.includes(avoid(nodeId)) ? 'moves' : 'follows'
}

/** While it moves there are more tasks than there should be, and not all of them need a place. */
const withoutSurplus = (loss: ServiceLoss): ServiceLoss => {
  const surplus = Math.max(0, loss.before - (loss.wanted ?? loss.before))
  return { ...loss, lost: Math.max(0, loss.lost - surplus) }
}

const explain = ({ because, emptyVolumes }: ServiceLoss): readonly string[] => [
  ...because,
  ...(emptyVolumes.length === 0 ? [] : [`its volume ${emptyVolumes.join(', ')} would be empty elsewhere`]),
]
