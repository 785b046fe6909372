import type { Service, UpdatePolicy } from '@atoll/spec'
import type { Desired } from './action.ts'
import { avoid, findDrain } from './drain.ts'
import { eligibleNodes, findFitExclusion } from './exclusions.ts'
import { fingerprint } from './fingerprint.ts'
import type { Observed, ObservedNode, ObservedService } from './observed.ts'
import { orderByDependencies } from './order.ts'
import { placeVolumes, staysWithVolume, volumeMounts } from './place-volumes.ts'
import type { Placement } from './place-volumes.ts'
import { taskFields } from './restarts.ts'
import { spreadOverZones } from './zones.ts'

/** The desired services as the engine is asked for them, with what only the state of the cluster can say filled in. */
export interface Effective {
  /** In the order they are started. */
  readonly services: readonly Service[]
  readonly placements: readonly Placement[]
}

/**
 * Fills in pins to volumes, zones to be spread over, constraints that lead away from drained nodes, an update order that can be met,
 * and the generation of what has to run again.
 */
export const effectiveServices = (desired: Desired, observed: Observed): Effective => {
  const placements = placeVolumes(desired, observed)
  const places = new Map([
    ...observed.volumes.map((volume): [string, string] => [volume.engineName, volume.nodeId]),
    ...placements.map(({ volume, node }): [string, string] => [volume.engineName, node.id]),
  ])
  const done = new Map<string, Service>()
  for (const service of orderByDependencies(desired.app.services)) {
    const spread = spreadOverZones(pinToVolumes(service, places), observed.nodes)
    const fitted = leaveDrained(orderToFit(spread, observed), observed)
    done.set(service.name, {
      ...fitted,
      generation: chooseGeneration(service, desired.jobsOf ?? desired.release, done),
    })
  }
  return { services: [...done.values()], placements }
}

/** `node.id==...` for each node that holds one of its volumes. Two of them can never be met: then it waits, and `warnings` says so. */
const pinToVolumes = (service: Service, places: ReadonlyMap<string, string>): Service => {
  if (!staysWithVolume(service)) return service
  const nodeIds = new Set(volumeMounts(service).flatMap(({ definition }) => places.get(definition.engineName) ?? []))
  if (nodeIds.size === 0) return service
  const pins = [...nodeIds].sort().map((id) => `node.id==${id}`)
  const constraints = [...service.placement.constraints, ...pins]
  return { ...service, placement: { ...service.placement, constraints } }
}

/** Tasks of one service a node takes at most: what its placement says, and one per published port of the node. */
export const tasksPerNode = (service: Service): number => {
  const hasNodePort = service.ports.some((port) => port.mode === 'host' && port.published !== undefined)
  const maximum = service.placement.maxPerNode === 0 ? Infinity : service.placement.maxPerNode
  return hasNodePort ? 1 : maximum
}

/**
 * Start-first needs room for a task beside those that run. Where every place is taken, the update could never start its
 * first task; stop-first is then the only order that ends.
 */
const orderToFit = (service: Service, observed: Observed): Service => {
  if (service.update.order === 'stop-first' && service.rollback.order === 'stop-first') return service
  const perNode = tasksPerNode(service)
  if (perNode === Infinity) return service
  if (hasRoomBeside(service, perNode * eligibleNodes(service, observed.nodes).length)) return service
  const stopFirst = (policy: UpdatePolicy): UpdatePolicy => ({ ...policy, order: 'stop-first' })
  return { ...service, update: stopFirst(service.update), rollback: stopFirst(service.rollback) }
}

const hasRoomBeside = ({ mode, update }: Service, places: number): boolean => {
  if (mode.kind !== 'replicated') return false
  const atOnce = update.parallelism === 0 ? mode.replicas : Math.min(update.parallelism, mode.replicas)
  return mode.replicas + atOnce <= places
}

/**
 * `node.id!=...` for each drained node that a service leaves, where it can start elsewhere before it stops there: the engine
 * then moves it by an ordinary update, and everybody who plans meanwhile comes to the same. Where no other node could take it, or
 * not beside what runs, it is left as it is: the drain says so, and whatever is deployed meanwhile still runs.
 */
const leaveDrained = (service: Service, observed: Observed): Service => {
  if (service.mode.kind !== 'replicated' || service.update.order !== 'start-first') return service
  const found = observed.services.find(({ engineName }) => engineName === service.engineName)
  const away = observed.nodes.filter((node) => isLeft(node, found)).map(({ id }) => avoid(id))
  if (away.length === 0) return service
  const constraints = [...service.placement.constraints, ...away.sort()]
  const left = { ...service, placement: { ...service.placement, constraints } }
  const hasPlace = observed.nodes.some((node) => findFitExclusion(left, node) === undefined)
  return hasPlace && orderToFit(left, observed).update.order === 'start-first' ? left : service
}

/** At least so many tasks at once, of a service that starts them first and where tasks beside each other need no counted places. */
export const hasten = (service: Service, atOnce: number): Service => {
  const { order, parallelism } = service.update
  const isSlow = parallelism > 0 && parallelism < atOnce
  if (!isSlow || order !== 'start-first' || tasksPerNode(service) !== Infinity) return service
  return { ...service, update: { ...service.update, parallelism: atOnce } }
}

/**
 * A service leaves a node once tasks of it are found there while that is emptied, and stays away until it is resumed. One that
 * has nothing there is not changed for its sake.
 */
const isLeft = (node: ObservedNode, found: ObservedService | undefined): boolean => {
  if (findDrain(node) === undefined) return false
  if (found?.definition?.placement.constraints.includes(avoid(node.id)) === true) return true
  if (node.availability === 'drain') return false
  return found === undefined || found.tasks.some((task) => task.nodeId === node.id && task.desired === 'running')
}

/**
 * A job runs once per release, so the release is its generation. A service that is restarted with a dependency carries the
 * fingerprint of that dependency: an interrupted plan finds out by itself that the restart is still due.
 */
const chooseGeneration = (service: Service, release: number, done: ReadonlyMap<string, Service>): number => {
  if (service.mode.kind === 'once' || service.mode.kind === 'once-per-node') return release
  const causes = service.dependsOn.filter((dependency) => dependency.restarts)
  if (causes.length === 0) return service.generation
  const definitions = causes.flatMap((dependency) => done.get(dependency.service) ?? [])
  return (service.generation + 1) * generationStep + fingerprint(definitions.map(taskFieldsByName))
}

/** Counts, policies and places of a dependency may change without anybody restarting. */
const taskFieldsByName = (service: Service): unknown => Object.fromEntries(taskFields(service))

/** Above every fingerprint, so that generations asked for by a person stay apart from those that follow from dependencies. */
const generationStep = 2 ** 32

/** What a person asked for, within a generation that may carry a fingerprint. */
export const askedGeneration = (generation: number): number =>
  generation < generationStep ? generation : Math.floor(generation / generationStep) - 1
