import { isNodeBound, toPlacedTasks } from '@atoll/plan'
import type { Occupancy, PlacedService, PlacedTask, PlacingRules } from '@atoll/plan'
import type { Api } from './client.ts'
import { observeNodes } from './observe-nodes.ts'
import { observeTask } from './observe-task.ts'
import { placedServiceReply } from './occupancy-replies.ts'
import type { MountReply, PlacedServiceReply } from './occupancy-replies.ts'
import { readEach } from './read-each.ts'
import { taskReply } from './replies.ts'

/** Three lists of the whole Swarm, of which the long two are read item by item. */
export const observeOccupancy = async (api: Api, signal: AbortSignal): Promise<Occupancy> => {
  const [nodes, services] = await Promise.all([observeNodes(api, signal), readServices(api, signal)])
  if (services.size > 0) await addTasks(api, services, signal)
  return { nodes, services: [...services.values()].sort((a, b) => (a.engineName < b.engineName ? -1 : 1)) }
}

type Services = ReadonlyMap<string, PlacedService & { readonly tasks: PlacedTask[] }>

const readServices = async (api: Api, signal: AbortSignal): Promise<Services> => {
  const services = new Map<string, PlacedService & { readonly tasks: PlacedTask[] }>()
  const call = { method: 'GET', path: '/services' } as const
  await readEach(api, { call, shape: placedServiceReply, signal }, (service) => {
    services.set(service.ID, { ...describeOwner(service), rules: readRules(service), tasks: [] })
  })
  return services
}

const addTasks = (api: Api, services: Services, signal: AbortSignal): Promise<void> =>
  readEach(api, { call: { method: 'GET', path: '/tasks' }, shape: taskReply, signal }, (task) => {
    services.get(task.ServiceID ?? '')?.tasks.push(...toPlacedTasks([observeTask(task, true)]))
  })

const describeOwner = ({ Spec }: PlacedServiceReply): Pick<PlacedService, 'ref' | 'name' | 'engineName'> => {
  const { 'atoll.app': app, 'atoll.environment': environment, 'atoll.service': service } = Spec.Labels
  if (app === undefined || environment === undefined) return { name: Spec.Name, engineName: Spec.Name }
  return { ref: { app, environment }, name: service ?? Spec.Name, engineName: Spec.Name }
}

/** By what the engine has, which may differ from what was asked for. */
const readRules = ({ Spec }: PlacedServiceReply): PlacingRules => {
  const { TaskTemplate, EndpointSpec } = Spec
  const { Placement, Resources, RestartPolicy, ContainerSpec } = TaskTemplate
  const mode = readMode(Spec.Mode)
  const bound = (ContainerSpec?.Mounts ?? []).filter(isBound).map(({ Source }) => Source)
  return {
    mode,
    isRestarted: RestartPolicy?.Condition !== 'none',
    placement: {
      constraints: Placement?.Constraints ?? [],
      spread: (Placement?.Preferences ?? []).flatMap(({ Spread }) => Spread?.SpreadDescriptor ?? []),
      maxPerNode: Placement?.MaxReplicas ?? 0,
    },
    platforms: (Placement?.Platforms ?? []).map(({ OS, Architecture }) => ({ os: OS, architecture: Architecture })),
    reservations: {
      memoryBytes: Resources?.Reservations?.MemoryBytes ?? 0,
      nanoCpus: Resources?.Reservations?.NanoCPUs ?? 0,
    },
    nodePorts: (EndpointSpec?.Ports ?? [])
      .filter(({ PublishMode, PublishedPort }) => PublishMode === 'host' && PublishedPort > 0)
      .map(({ PublishedPort, Protocol }) => `${PublishedPort}/${Protocol}`),
    volumes: mode.kind === 'global' ? [] : bound,
  }
}

const readMode = ({ Replicated, ReplicatedJob }: PlacedServiceReply['Spec']['Mode']): PlacingRules['mode'] => {
  const replicas = Replicated?.Replicas ?? ReplicatedJob?.TotalCompletions
  return replicas === undefined ? { kind: 'global' } : { kind: 'replicated', replicas }
}

/** A volume without a name is made for each task, and goes with it. */
const isBound = ({ Type, Source, VolumeOptions }: MountReply): boolean => {
  const { Name: driver = '', Options } = VolumeOptions?.DriverConfig ?? {}
  return Type === 'volume' && Source !== '' && isNodeBound({ driver, driverOptions: Options ?? {} })
}
