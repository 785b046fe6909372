import type { Mount, Service, Volume } from '@atoll/spec'
import type { Desired } from './action.ts'
import { eligibleNodes } from './exclusions.ts'
import type { Observed, ObservedNode, ObservedService } from './observed.ts'

/** A volume that gets its node now. */
export interface Placement {
  readonly volume: Volume
  readonly service: Service
  readonly node: ObservedNode
}

type VolumeMount = Extract<Mount, { kind: 'volume' }>

/** Filesystems that the local driver mounts from elsewhere: the same content on every node. */
const sharedFilesystems: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'ceph', 'glusterfs'])

/** Whether a volume's content exists on one node only. */
export const isNodeBound = (volume: Pick<Volume, 'driver' | 'driverOptions'>): boolean =>
  (volume.driver === 'local' || volume.driver === '') && !sharedFilesystems.has(volume.driverOptions['type'] ?? '')

/** One task per node has a volume of its own on each; every other service must stay where its volume is. */
export const staysWithVolume = (service: Service): boolean =>
  service.mode.kind === 'replicated' || service.mode.kind === 'once'

export const volumeMounts = (service: Service): readonly VolumeMount[] =>
  service.mounts.flatMap((mount) => (mount.kind === 'volume' && isNodeBound(mount.definition) ? [mount] : []))

/**
 * Chooses a node for every named local volume that has none yet. Services that share volumes, directly or through others,
 * end on one node: where one of their volumes already is, else where one of them already runs, else the emptiest node that
 * can take them all. External volumes are left alone: only a person knows where their content is.
 */
export const placeVolumes = (desired: Desired, observed: Observed): readonly Placement[] => {
  const services = desired.app.services.filter(staysWithVolume)
  const consumers = groupConsumers(services)
  const places = new Map(observed.volumes.map((volume) => [volume.engineName, volume.nodeId]))
  const load = countLoad(observed)
  const present = new Map(observed.services.map((service) => [service.engineName, service]))
  const placements: Placement[] = []
  const seen = new Set<Service>()
  for (const service of services) {
    if (seen.has(service) || volumeMounts(service).length === 0) continue
    const group = findGroup(service, consumers)
    for (const member of group) seen.add(member)
    placements.push(...placeGroup(group, { observed, present, places, load }))
  }
  return placements
}

const groupConsumers = (services: readonly Service[]): ReadonlyMap<string, readonly Service[]> => {
  const consumers = new Map<string, Service[]>()
  for (const service of services) {
    for (const { definition } of volumeMounts(service)) {
      const found = consumers.get(definition.engineName)
      if (found === undefined) consumers.set(definition.engineName, [service])
      else found.push(service)
    }
  }
  return consumers
}

const findGroup = (
  first: Service,
  consumers: ReadonlyMap<string, readonly Service[]>,
): readonly [Service, ...Service[]] => {
  const group = new Set([first])
  for (const service of group) {
    for (const { definition } of volumeMounts(service)) {
      for (const other of consumers.get(definition.engineName) ?? []) group.add(other)
    }
  }
  return [first, ...[...group].slice(1)]
}

interface World {
  readonly observed: Observed
  /** By engine name. */
  readonly present: ReadonlyMap<string, ObservedService>
  readonly places: ReadonlyMap<string, string>
  /** Tasks and volumes of this environment by node id; grows with each placement. */
  readonly load: Map<string, number>
}

const placeGroup = (group: readonly [Service, ...Service[]], world: World): readonly Placement[] => {
  const volumes = new Map<string, { readonly volume: Volume; readonly service: Service }>()
  for (const service of group) {
    for (const { definition } of volumeMounts(service)) {
      const isOpen = !definition.isExternal && !world.places.has(definition.engineName)
      if (isOpen && !volumes.has(definition.engineName))
        volumes.set(definition.engineName, { volume: definition, service })
    }
  }
  if (volumes.size === 0) return []
  const node = findNode(group, world)
  if (node === undefined) return []
  world.load.set(node.id, (world.load.get(node.id) ?? 0) + volumes.size)
  return [...volumes.values()].map((open) => ({ ...open, node }))
}

/** The node one of their volumes is on binds them even when it is down: starting elsewhere would start on nothing. */
const findNode = (group: readonly Service[], world: World): ObservedNode | undefined => {
  const { observed, places, load } = world
  const bound = group.flatMap(volumeMounts).flatMap(({ definition }) => places.get(definition.engineName) ?? [])
  if (bound.length > 0) return observed.nodes.find((node) => node.id === bound.toSorted()[0])
  const running = findRunningNode(group, world)
  if (running !== undefined) return running
  let candidates = observed.nodes
  for (const service of group) candidates = eligibleNodes(service, candidates)
  return candidates.toSorted((a, b) => compareRoom(a, b, load))[0]
}

const findRunningNode = (group: readonly Service[], { observed, present }: World): ObservedNode | undefined => {
  const task = group
    .flatMap(({ engineName }) => present.get(engineName) ?? [])
    .flatMap(({ isOwned, tasks }) => (isOwned ? tasks : []))
    .find(({ state, desired }) => state === 'running' && desired === 'running')
  return observed.nodes.find((node) => node.id === task?.nodeId)
}

const compareRoom = (a: ObservedNode, b: ObservedNode, load: ReadonlyMap<string, number>): number =>
  (load.get(a.id) ?? 0) - (load.get(b.id) ?? 0) || b.memoryBytes - a.memoryBytes || (a.name < b.name ? -1 : 1)

const countLoad = (observed: Observed): Map<string, number> => {
  const load = new Map<string, number>()
  const add = (nodeId: string): Map<string, number> => load.set(nodeId, (load.get(nodeId) ?? 0) + 1)
  for (const volume of observed.volumes) add(volume.nodeId)
  for (const { nodeId, desired } of observed.services.flatMap((service) => service.tasks)) {
    if (nodeId !== undefined && desired === 'running') add(nodeId)
  }
  return load
}
