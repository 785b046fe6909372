import { explainLoss } from './explain-loss.ts'
import { isWhole } from './outcome.ts'
import type { Managers, NodeRoom, ServiceLoss, Totals, WhatIf } from './outcome.ts'
import { findLastingObstacle, findPassingObstacle } from './obstacles.ts'
import type { NodeNames, Obstacle } from './obstacles.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { placeTasks } from './place-tasks.ts'
import { copyRooms, countByNode, isThere, openRooms, takesTasks } from './room.ts'
import type { Room } from './room.ts'

/** Whose services are told of; all are placed. */
export interface WhatIfScope {
  readonly app: string
  readonly environment?: string
}

export interface WhatIfOptions {
  /** Of all when not said. */
  readonly scope?: WhatIfScope
}

/**
 * What becomes of each service when these nodes go, by Swarm's own rules of placing. Where services compete for the last room
 * Swarm has no order; here those that reserve most come last, as they find no room first.
 */
export const whatIf = (occupancy: Occupancy, lostIds: readonly string[], options: WhatIfOptions = {}): WhatIf =>
  openWhatIf(occupancy)(lostIds, options)

/** The same of each node in turn, of those that are there. */
export const whatIfEach = (occupancy: Occupancy, options: WhatIfOptions = {}): readonly WhatIf[] => {
  const ask = openWhatIf(occupancy)
  const there = occupancy.nodes.filter(({ state }) => state !== 'down' && state !== 'disconnected')
  return there.map(({ id }) => ask([id], options))
}

type Ask = (lostIds: readonly string[], options: WhatIfOptions) => WhatIf

/** What is counted once for all questions. */
const openWhatIf = (occupancy: Occupancy): Ask => {
  const { nodes, services } = occupancy
  const full = openRooms(occupancy)
  const names: NodeNames = new Map(nodes.map(({ id, name }) => [id, name]))
  const counted = services
    .map((service): Counted => ({ service, held: countByNode(service) }))
    .toSorted((a, b) => compareSize(a.service, b.service))
  return (lostIds, { scope }) => {
    const lost = new Set(lostIds)
    const managers = countManagers(occupancy, lost)
    const rooms = copyRooms(full, lost)
    const scene: Scene = { lost, rooms, names, hasMajority: managers.left >= managers.needed, nodes }
    const losses = counted.flatMap((each) => loseTasks(each, scene) ?? [])
    const told = losses.filter(({ ref }) => isIn(scope, ref)).toSorted(compareLosses)
    return {
      lost: nodes.filter(({ id }) => lost.has(id)).map(({ name }) => name),
      survives: scene.hasMajority && told.every(isWhole),
      managers,
      totals: sumUp(told),
      services: told,
      nodes: rooms.map(describeRoom),
    }
  }
}

interface Counted {
  readonly service: PlacedService
  readonly held: ReadonlyMap<string, number>
}

const compareSize = (a: PlacedService, b: PlacedService): number =>
  a.rules.reservations.memoryBytes - b.rules.reservations.memoryBytes ||
  a.rules.reservations.nanoCpus - b.rules.reservations.nanoCpus ||
  (a.engineName < b.engineName ? -1 : 1)

interface Scene {
  readonly lost: ReadonlySet<string>
  readonly nodes: Occupancy['nodes']
  readonly rooms: readonly Room[]
  readonly names: NodeNames
  readonly hasMajority: boolean
}

/** Undefined: nothing of it is on a lost node. Takes the room of what is placed. */
const loseTasks = ({ service, held }: Counted, scene: Scene): ServiceLoss | undefined => {
  const present = new Map(
    scene.nodes.filter(isThere).flatMap(({ id }) => (held.has(id) ? [[id, held.get(id) ?? 0]] : [])),
  )
  const before = sum([...present.values()])
  const kept = new Map([...present].filter(([id]) => !scene.lost.has(id)))
  const gone = before - sum([...kept.values()])
  if (gone === 0) return undefined
  const { placed, obstacles } = placeAgain({ service, gone, held: kept }, scene)
  // A global one misses no task that went with its node, unless all did.
  const lost = service.rules.mode.kind === 'global' && gone < before ? 0 : gone - placed
  const because = lost === 0 ? [] : explainLoss({ rules: service.rules, obstacles, ...scene })
  return describeLoss(service, { before, gone, placed, lost, because, obstacles: lost === 0 ? [] : obstacles })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

interface Again {
  readonly service: PlacedService
  readonly gone: number
  readonly held: Map<string, number>
}

const placeAgain = (
  { service: { rules }, gone, held }: Again,
  { rooms, names, hasMajority }: Scene,
): { readonly placed: number; readonly obstacles: readonly Obstacle[] } => {
  if (!hasMajority || !rules.isRestarted) return { placed: 0, obstacles: [] }
  const lasting = rooms.map((room) => ({ room, obstacle: findLastingObstacle(room.node, rules, names) }))
  const open = lasting.filter(({ obstacle }) => obstacle === undefined).map(({ room }) => room)
  const placed = rules.mode.kind === 'global' ? 0 : placeTasks(gone, { rules, open, rooms, held })
  if (placed === gone) return { placed, obstacles: [] }
  const obstacles = lasting.flatMap(
    ({ room, obstacle }) => obstacle ?? findPassingObstacle(room, rules, held.get(room.node.id) ?? 0) ?? [],
  )
  return { placed, obstacles }
}

interface Change {
  readonly before: number
  /** Tasks on lost nodes. */
  readonly gone: number
  readonly placed: number
  readonly lost: number
  readonly because: readonly string[]
  readonly obstacles: readonly Obstacle[]
}

const describeLoss = (
  { ref, name, rules }: PlacedService,
  { before, gone, placed, lost, because, obstacles }: Change,
): ServiceLoss => ({
  ...(ref === undefined ? {} : { ref }),
  service: name,
  mode: rules.mode.kind,
  ...(rules.mode.kind === 'global' ? {} : { wanted: rules.mode.replicas }),
  before,
  after: before - gone + placed,
  moved: placed,
  lost,
  isInterrupted: gone === before,
  emptyVolumes: placed > 0 ? rules.volumes : [],
  because,
  obstacles,
})

const countManagers = ({ nodes }: Occupancy, lost: ReadonlySet<string>): Managers => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const left = managers.filter(({ id, state }) => !lost.has(id) && state !== 'down' && state !== 'disconnected')
  return { all: managers.length, left: left.length, needed: Math.floor(managers.length / 2) + 1 }
}

const isIn = (scope: WhatIfScope | undefined, ref: PlacedService['ref']): boolean =>
  scope === undefined ||
  (ref?.app === scope.app && (scope.environment === undefined || ref.environment === scope.environment))

const compareLosses = (a: ServiceLoss, b: ServiceLoss): number => (keyOf(a) < keyOf(b) ? -1 : 1)
const keyOf = ({ ref, service }: ServiceLoss): string => `${ref?.app ?? '~'}/${ref?.environment ?? ''}/${service}`

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
