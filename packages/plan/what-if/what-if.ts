import { isRoleMissing } from '../constraints.ts'
import { countService } from './count-service.ts'
import type { CountedService } from './count-service.ts'
import { explainLoss } from './explain-loss.ts'
import { findPassingObstacle } from './obstacles.ts'
import type { Obstacle } from './obstacles.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { isWhole } from './outcome.ts'
import type { Managers, NodeRoom, ServiceLoss, Totals, WhatIf } from './outcome.ts'
import { placeTasks } from './place-tasks.ts'
import { copyRooms, isPresent, openRooms, takesTasks } from './room.ts'
import type { Room } from './room.ts'

/** Whose services are told of; all are placed. */
export interface WhatIfScope {
  readonly app: string
  readonly environment?: string
}

export interface WhatIfOptions {
  /** Of all when not said. */
  readonly scope?: WhatIfScope
  /** Engine names in the order they are placed in: what Swarm may also do, as it has none. The small before the large unless said. */
  readonly order?: readonly string[]
  /** Tasks go and nothing else: the nodes go on as managers. */
  readonly isOnlyTasks?: boolean
}

/**
 * What becomes of each service when these nodes go, by Swarm's own rules of placing. Where services compete for the last room
 * Swarm has no order; here those that reserve most come last, as they find no room first.
 */
export const whatIf = (occupancy: Occupancy, lostIds: readonly string[], options: WhatIfOptions = {}): WhatIf =>
  openWhatIf(occupancy, options)(lostIds)

/** The same of each node in turn, of those that are there. */
export const whatIfEach = (occupancy: Occupancy, options: WhatIfOptions = {}): readonly WhatIf[] => {
  const ask = openWhatIf(occupancy, options)
  return occupancy.nodes.filter(isPresent).map(({ id }) => ask([id]))
}

type Ask = (lostIds: readonly string[]) => WhatIf

/** What is the same for all questions is counted once. */
const openWhatIf = (occupancy: Occupancy, { scope, order, isOnlyTasks = false }: WhatIfOptions): Ask => {
  const full = openRooms(occupancy)
  const told = occupancy.services.toSorted(compareNames).map((service) => countService(service, occupancy.nodes))
  const placed = told.toSorted(order === undefined ? compareSize : compareBy(order))
  return (lostIds) => {
    const lost = new Set(lostIds)
    const managers = countManagers(occupancy, lost)
    const rooms = copyRooms(full, lost)
    const scene: Scene = { lost, rooms, hasMajority: isOnlyTasks || managers.left >= managers.needed }
    const losses = new Map(placed.map((each) => [each, loseTasks(each, scene)]))
    const services = told.flatMap((each) => (isIn(scope, each.service.ref) ? (losses.get(each) ?? []) : []))
    return {
      lost: occupancy.nodes.filter(({ id }) => lost.has(id)).map(({ name }) => name),
      survives: scene.hasMajority && services.every(isWhole),
      managers,
      totals: sumUp(services),
      services,
      nodes: rooms.map(describeRoom),
    }
  }
}

/** By app, somebody else's last. */
const compareNames = (a: PlacedService, b: PlacedService): number =>
  compareText(a.ref?.app ?? '~', b.ref?.app ?? '~') ||
  compareText(a.ref?.environment ?? '', b.ref?.environment ?? '') ||
  compareText(a.name, b.name)

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

const compareSize = ({ service: one }: CountedService, { service: other }: CountedService): number => {
  const [a, b] = [one.rules.reservations, other.rules.reservations]
  return a.memoryBytes - b.memoryBytes || a.nanoCpus - b.nanoCpus || compareText(one.engineName, other.engineName)
}

const compareBy =
  (order: readonly string[]) =>
  ({ service: one }: CountedService, { service: other }: CountedService): number =>
    order.indexOf(one.engineName) - order.indexOf(other.engineName)

interface Scene {
  readonly lost: ReadonlySet<string>
  readonly rooms: readonly Room[]
  readonly hasMajority: boolean
}

/** Undefined: nothing of it is on a lost node. Takes the room of what is placed. */
const loseTasks = (counted: CountedService, scene: Scene): ServiceLoss | undefined => {
  const { rules } = counted.service
  const gone = sum([...scene.lost].map((id) => counted.held.get(id) ?? 0))
  if (gone === 0) return undefined
  const { placed, obstacles } = placeAgain(counted, gone, scene)
  const lost = rules.mode.kind === 'global' && isNoneMissed(counted, gone, scene) ? 0 : gone - placed
  const reasons = lost === 0 ? noReasons : { because: explainLoss({ rules, obstacles, ...scene }), obstacles }
  return describeLoss(counted, { gone, placed, lost, ...reasons })
}

/** A global service misses no task that went with its node, unless all did and it is not for a role that no node is left of. */
const isNoneMissed = ({ service, before }: CountedService, gone: number, { rooms }: Scene): boolean => {
  const { constraints } = service.rules.placement
  const nodes = rooms.map(({ node }) => node)
  return gone < before || isRoleMissing(constraints, nodes)
}

const noReasons: Pick<ServiceLoss, 'because' | 'obstacles'> = { because: [], obstacles: [] }

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

interface Placed {
  readonly placed: number
  /** What keeps it off each node, when some found none. */
  readonly obstacles: readonly Obstacle[]
}

const placeAgain = (counted: CountedService, gone: number, { rooms, hasMajority }: Scene): Placed => {
  const { rules } = counted.service
  if (!hasMajority || !rules.isRestarted) return { placed: 0, obstacles: [] }
  const held = new Map(counted.held)
  const open = rooms.filter((room) => counted.findLasting(room) === undefined)
  const placed = rules.mode.kind === 'global' ? 0 : placeTasks(gone, { rules, open, rooms, held })
  if (placed === gone) return { placed, obstacles: [] }
  const findObstacle = (room: Room): Obstacle | undefined =>
    counted.findLasting(room) ?? findPassingObstacle(room, rules, held.get(room.node.id) ?? 0)
  return { placed, obstacles: rooms.flatMap((room) => findObstacle(room) ?? []) }
}

type Change = Pick<ServiceLoss, 'lost' | 'because' | 'obstacles'> & {
  /** Tasks on lost nodes. */
  readonly gone: number
  readonly placed: number
}

const describeLoss = (
  { service: { ref, name, rules }, before }: CountedService,
  { gone, placed, ...missing }: Change,
): ServiceLoss => ({
  ...(ref === undefined ? {} : { ref }),
  service: name,
  mode: rules.mode.kind,
  ...(rules.mode.kind === 'global' ? {} : { wanted: rules.mode.replicas }),
  before,
  after: before - gone + placed,
  moved: placed,
  isInterrupted: gone === before,
  emptyVolumes: placed > 0 ? rules.volumes : [],
  ...missing,
})

const countManagers = ({ nodes }: Occupancy, lost: ReadonlySet<string>): Managers => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const left = managers.filter((node) => !lost.has(node.id) && isPresent(node))
  return { all: managers.length, left: left.length, needed: Math.floor(managers.length / 2) + 1 }
}

const isIn = (scope: WhatIfScope | undefined, ref: PlacedService['ref']): boolean =>
  scope === undefined ||
  (ref?.app === scope.app && (scope.environment === undefined || ref.environment === scope.environment))

const sumUp = (losses: readonly ServiceLoss[]): Totals => ({
  services: losses.length,
  tasks: sum(losses.map(({ before, after, moved }) => before - after + moved)),
  moved: sum(losses.map(({ moved }) => moved)),
  lost: sum(losses.map(({ lost }) => lost)),
})

const describeRoom = ({ node, tasks, memoryBytes, nanoCpus }: Room): NodeRoom => ({
  node: node.name,
  takesTasks: takesTasks(node),
  tasks,
  freeMemoryBytes: Math.max(0, memoryBytes),
  freeNanoCpus: Math.max(0, nanoCpus),
})
