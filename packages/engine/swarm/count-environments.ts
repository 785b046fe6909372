import { countServices } from '@atoll/plan'
import type { CountedService, CountedTask } from '@atoll/plan'
import type { z } from 'zod'
import type { EnvironmentCount, EnvironmentRef } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { readDefinition } from './definition.ts'
import { observeNodes } from './observe-nodes.ts'
import { observerOf } from './observe-task.ts'
import { observeUpdate } from './observe.ts'
import { readArray } from './read-array.ts'
import { networksReply, serviceReply, taskReply } from './replies.ts'
import type { ServiceReply, TaskReply } from './replies.ts'
import { describeFailure } from './reply-error.ts'

/** As long as a reply that is read at once may take. */
const limitMs = 25_000

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

interface Reading<T> {
  readonly call: Call & { readonly path: string }
  readonly shape: z.ZodType<T>
  readonly signal: AbortSignal
}

const readEach = async <T>(api: Api, { call, shape, signal }: Reading<T>, take: (item: T) => void): Promise<void> => {
  const doing = `${call.method} ${call.path}`
  const timer = AbortSignal.timeout(limitMs)
  try {
    for await (const item of readArray(await api.stream(call, AbortSignal.any([signal, timer])))) {
      const parsed = shape.safeParse(item)
      if (!parsed.success) throw notUnderstood(doing, parsed.error)
      take(parsed.data)
    }
  } catch (cause) {
    throw describeFailure({ doing, endpoint: 'the engine' }, timer.aborted ? timer.reason : cause, signal)
  }
}

const notUnderstood = (doing: string, cause: z.ZodError): EngineError =>
  new EngineError('invalid', `${doing}: the engine's reply is not understood; run "atoll doctor"`, { cause })
