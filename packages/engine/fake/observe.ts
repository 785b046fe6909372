import { countServices, diffServices } from '@atoll/plan'
import type { CountedService, Observed, ObservedService, ObservedTask } from '@atoll/plan'
import type { EnvironmentCount, EnvironmentRef } from '../engine.ts'
import { isCurrent } from './task.ts'
import { isOwner } from './world.ts'
import type { FakeService, FakeTask, Owned, World } from './world.ts'

/** The environment as it is at this moment: all that is its own, and whatever else bears a name of it. */
export const observeWorld = (world: World, ref: EnvironmentRef): Observed => ({
  app: ref.app,
  environment: ref.environment,
  services: concerning(world.services, ref).map((service) => observeService(world, service, ref)),
  networks: concerning(world.networks, ref).map(({ definition, ...network }) => ({
    ...observeOwned(network, ref),
    ...(definition === undefined ? {} : { definition }),
  })),
  configs: concerning(world.configs, ref).map((config) => observeOwned(config, ref)),
  secrets: concerning(world.secrets, ref).map((secret) => observeOwned(secret, ref)),
  volumes: concerning(world.places, ref).map(({ engineName, nodeId, nodeName }) => ({ engineName, nodeId, nodeName })),
  // As of this moment: nodes change in place, what they hold does not.
  nodes: world.nodes.map((node) => ({ ...node })),
})

/** Environments that own a service or a network, by name. */
export const listOwners = (world: World): readonly EnvironmentRef[] => {
  const owners = [...world.services.values(), ...world.networks.values()].flatMap(({ owner }) => owner ?? [])
  const byName = new Map(owners.map((owner) => [nameOf(owner), owner]))
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, owner]) => owner)
}

/** One look at every service, however many environments there are. */
export const countWorld = (world: World): readonly EnvironmentCount[] => {
  const services = Map.groupBy(world.services.values(), ({ owner }) => owner && nameOf(owner))
  return listOwners(world).map((ref) => {
    const own = services.get(nameOf(ref)) ?? []
    const counted = own.map((service) => observeForCount(world, service))
    return { ref, ...countServices(counted, world) }
  })
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

const observeForCount = (world: World, service: FakeService): CountedService => {
  const { definition, update } = service
  return {
    ...(definition === undefined ? {} : { definition }),
    ...(update === undefined ? {} : { update }),
    tasks: service.tasks.map((task) => {
      const { slot, nodeId, state, desired, createdAtMs } = task
      return { slot, nodeId, state, desired, createdAtMs, isCurrent: isCurrent(world, service, task) }
    }),
  }
}

const concerning = <T extends Owned>(things: ReadonlyMap<string, T>, ref: EnvironmentRef): readonly T[] => {
  const prefix = `${ref.app}_${ref.environment}_`
  const found: T[] = []
  for (const thing of things.values()) {
    const { owner, engineName } = thing
    if (owner === undefined ? engineName.startsWith(prefix) : isOwner(owner, ref)) found.push(thing)
  }
  return found
}

const observeOwned = (
  { id, engineName, owner }: Owned,
  ref: EnvironmentRef,
): { readonly id: string; readonly engineName: string; readonly isOwned: boolean } => ({
  id,
  engineName,
  isOwned: isOwner(owner, ref),
})

const observeService = (world: World, service: FakeService, ref: EnvironmentRef): ObservedService => {
  const { spec, definition, update, release, specVersion, createdAtMs, updatedAtMs } = service
  return {
    ...observeOwned(service, ref),
    ...(definition === undefined ? {} : { definition }),
    release,
    drift: definition === undefined ? [] : diffServices(spec, definition),
    ...(update === undefined ? {} : { update }),
    tasks: service.tasks.map((task) => observeTask(task, isCurrent(world, service, task))),
    specVersion,
    createdAtMs,
    updatedAtMs,
  }
}

const observeTask = (task: FakeTask, isCurrent: boolean): ObservedTask => ({
  id: task.id,
  ...(task.slot === undefined ? {} : { slot: task.slot }),
  ...(task.nodeId === undefined ? {} : { nodeId: task.nodeId }),
  image: task.service.image,
  isCurrent,
  desired: task.desired,
  state: task.state,
  message: task.message,
  ...(task.error === undefined ? {} : { error: task.error }),
  ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  ...(task.containerId === undefined ? {} : { containerId: task.containerId }),
  sinceMs: task.sinceMs,
  createdAtMs: task.createdAtMs,
})
