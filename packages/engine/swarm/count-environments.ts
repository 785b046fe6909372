import { countServices } from '@atoll/plan'
import type { CountedService, CountedTask } from '@atoll/plan'
import type { EnvironmentCount, EnvironmentRef } from '../engine.ts'
import type { Api } from './client.ts'
import { readDefinition } from './definition.ts'
import { observeNodes } from './observe-nodes.ts'
import { observerOf } from './observe-task.ts'
import { observeUpdate } from './observe.ts'
import { readEach } from './read-each.ts'
import { networksReply, serviceReply, taskReply } from './replies.ts'
import type { ServiceReply, TaskReply } from './replies.ts'

/**
 * Environments that own a service or a network, by name, with how they are doing. Four lists of the whole Swarm, of which the
 * long two are read item by item.
 */
export const countEnvironments = async (api: Api, signal: AbortSignal): Promise<readonly EnvironmentCount[]> => {
  const query = { filters: { label: ['atoll.app'] } }
  const [services, networks, nodes] = await Promise.all([
    readServices(api, signal),
    api.json({ method: 'GET', path: '/networks', query }, networksReply, signal),
    observeNodes(api, signal),
  ])
  await addTasks(api, services, signal)
  const perEnvironment = Map.groupBy(services.values(), ({ ref }) => nameOf(ref))
  const owners = [...[...services.values()].map(({ ref }) => ref), ...networks.flatMap(({ Labels }) => ownerOf(Labels))]
  const refs = new Map(owners.map((ref) => [nameOf(ref), ref]))
  return [...refs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, ref]) => ({ ref, ...countServices(perEnvironment.get(name) ?? [], { nodes }) }))
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

/** What is kept of a service while its tasks come. */
interface OwnedService extends CountedService {
  readonly ref: EnvironmentRef
  readonly tasks: CountedTask[]
  readonly observe: (task: TaskReply) => CountedTask
}

type OwnedServices = ReadonlyMap<string, OwnedService>

const readServices = async (api: Api, signal: AbortSignal): Promise<OwnedServices> => {
  const services = new Map<string, OwnedService>()
  const query = { filters: { label: ['atoll.app'] } }
  await readEach(api, { call: { method: 'GET', path: '/services', query }, shape: serviceReply, signal }, (service) => {
    for (const ref of ownerOf(service.Spec.Labels)) services.set(service.ID, keepService(service, ref))
  })
  return services
}

const ownerOf = ({
  'atoll.app': app,
  'atoll.environment': environment,
}: Readonly<Record<string, string>>): readonly EnvironmentRef[] =>
  app === undefined || environment === undefined ? [] : [{ app, environment }]

const keepService = (service: ServiceReply, ref: EnvironmentRef): OwnedService => {
  const definition = readDefinition(service.Spec.Labels)
  const update = observeUpdate(service)
  return {
    ref,
    ...(definition !== undefined && { definition }),
    ...(update !== undefined && { update }),
    tasks: [],
    observe: observerOf(service),
  }
}

/** A task can bear labels of its service from before it was taken over, so all are asked for. */
const addTasks = async (api: Api, services: OwnedServices, signal: AbortSignal): Promise<void> => {
  if (services.size === 0) return
  await readEach(api, { call: { method: 'GET', path: '/tasks' }, shape: taskReply, signal }, (task) => {
    const service = services.get(task.ServiceID ?? '')
    if (service !== undefined) service.tasks.push(service.observe(task))
  })
}
