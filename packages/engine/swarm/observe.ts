import type { Observed, ObservedFile, ObservedNetwork, ObservedService, UpdateState } from '@atoll/plan'
import type { EnvironmentRef } from '../engine.ts'
import type { Api } from './client.ts'
import { compareBody } from './compare-body.ts'
import { readDefinition, readNetworkDefinition } from './definition.ts'
import { environmentLabels, isOwnedBy } from './labels.ts'
import { observeNodes } from './observe-nodes.ts'
import { observeTasks } from './observe-task.ts'
import { filesReply, networksReply, servicesReply, tasksReply } from './replies.ts'
import type { FileReply, NetworkReply, ServiceReply, TaskReply } from './replies.ts'
import { isPlaceRecord, observePlaces } from './volume-places.ts'
import { readAttachedFiles } from './attached-files.ts'
import { translateService } from './translate.ts'

/** The environment as the managers know it: what carries its labels, and what bears its names without them. */
export const observeEnvironment = async (api: Api, ref: EnvironmentRef, signal: AbortSignal): Promise<Observed> => {
  const [services, networks, configs, secrets, volumes, nodes] = await Promise.all([
    listServices(api, ref, signal),
    api.json({ method: 'GET', path: '/networks', query: { filters: { scope: ['swarm'] } } }, networksReply, signal),
    listScoped((filters) => api.json({ method: 'GET', path: '/configs', query: { filters } }, filesReply, signal), ref),
    listScoped((filters) => api.json({ method: 'GET', path: '/secrets', query: { filters } }, filesReply, signal), ref),
    observePlaces(api, ref, signal),
    observeNodes(api, signal),
  ])
  const tasks = await listTasks(api, services, signal)
  const networkNames = Object.fromEntries(networks.map(({ Name, Id }) => [Id, Name]))
  return {
    app: ref.app,
    environment: ref.environment,
    services: services.map((service) =>
      observeService(service, { ref, networkNames, tasks: tasks.get(service.ID) ?? [] }),
    ),
    networks: networks
      .filter((network) => concerns(network.Name, network.Labels, ref))
      .map((it) => observeNetwork(it, ref)),
    configs: configs.filter((config) => !isPlaceRecord(config)).map((config) => observeFile(config, ref)),
    secrets: secrets.map((secret) => observeFile(secret, ref)),
    volumes,
    nodes,
  }
}

/** Environments that own a service or a network, by name. */
export const listEnvironments = async (api: Api, signal: AbortSignal): Promise<readonly EnvironmentRef[]> => {
  const query = { filters: { label: ['atoll.app'] } }
  const [services, networks] = await Promise.all([
    api.json({ method: 'GET', path: '/services', query }, servicesReply, signal),
    api.json({ method: 'GET', path: '/networks', query }, networksReply, signal),
  ])
  const labels = [...services.map(({ Spec }) => Spec.Labels), ...networks.map(({ Labels }) => Labels)]
  const refs = labels.flatMap(({ 'atoll.app': app, 'atoll.environment': environment }) =>
    app !== undefined && environment !== undefined ? [{ app, environment }] : [],
  )
  const named = new Map(refs.map((ref) => [`${ref.app}/${ref.environment}`, ref]))
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref)
}

const namePrefix = ({ app, environment }: EnvironmentRef): string => `${app}_${environment}_`

const concerns = (name: string, labels: Readonly<Record<string, string>>, ref: EnvironmentRef): boolean =>
  isOwnedBy(labels, ref) || (labels['atoll.app'] === undefined && name.startsWith(namePrefix(ref)))

const listServices = (api: Api, ref: EnvironmentRef, signal: AbortSignal): Promise<readonly ServiceReply[]> =>
  listScoped(
    (filters) => api.json({ method: 'GET', path: '/services', query: { filters } }, servicesReply, signal),
    ref,
  )

type Scoped = Pick<FileReply, 'ID'> & {
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> }
}

/** Two lists, by label and by name: filters of the engine are joined by "and". */
const listScoped = async <T extends Scoped>(
  list: (filters: Readonly<Record<string, readonly string[]>>) => Promise<readonly T[]>,
  ref: EnvironmentRef,
): Promise<readonly T[]> => {
  const found = await Promise.all([list({ label: environmentLabels(ref) }), list({ name: [namePrefix(ref)] })])
  const scoped = found.flat().filter(({ Spec }) => concerns(Spec.Name, Spec.Labels, ref))
  const unique = new Map(scoped.map((item) => [item.ID, item]))
  return [...unique.values()].sort((a, b) => (a.Spec.Name < b.Spec.Name ? -1 : 1))
}

const listTasks = async (
  api: Api,
  services: readonly ServiceReply[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly TaskReply[]>> => {
  if (services.length === 0) return new Map()
  const query = { filters: { service: services.map(({ ID }) => ID) } }
  const tasks = await api.json({ method: 'GET', path: '/tasks', query }, tasksReply, signal)
  return Map.groupBy(tasks, ({ ServiceID }) => ServiceID ?? '')
}

interface ServiceContext {
  readonly ref: EnvironmentRef
  readonly networkNames: Readonly<Record<string, string>>
  readonly tasks: readonly TaskReply[]
}

const observeService = (service: ServiceReply, { ref, networkNames, tasks }: ServiceContext): ObservedService => {
  const { Spec } = service
  const isOwned = isOwnedBy(Spec.Labels, ref)
  const definition = isOwned ? readDefinition(Spec.Labels) : undefined
  const release = Number(Spec.Labels['atoll.release'] ?? 0) || 0
  const ids = { networks: {}, ...readAttachedFiles(Spec.TaskTemplate) }
  const update = observeUpdate(service)
  return {
    id: service.ID,
    engineName: Spec.Name,
    isOwned,
    ...(definition !== undefined && { definition }),
    release,
    drift:
      definition === undefined
        ? []
        : compareBody(translateService(definition, { ref, release, ids }), Spec, { networkNames }),
    ...(update !== undefined && { update }),
    tasks: observeTasks(service, tasks),
    specVersion: service.Version.Index,
    createdAtMs: service.CreatedAt,
    updatedAtMs: service.UpdatedAt,
  }
}

const updateStates: readonly UpdateState[] = [
  'updating',
  'paused',
  'completed',
  'rollback_started',
  'rollback_paused',
  'rollback_completed',
]

export const observeUpdate = ({ UpdateStatus }: ServiceReply): ObservedService['update'] => {
  const state = updateStates.find((state) => state === UpdateStatus?.State)
  if (UpdateStatus === undefined || state === undefined) return undefined
  const { Message, StartedAt, CompletedAt } = UpdateStatus
  return {
    state,
    message: Message ?? '',
    ...(StartedAt !== undefined && StartedAt > 0 && { startedAtMs: StartedAt }),
    ...(CompletedAt !== undefined && CompletedAt > 0 && { completedAtMs: CompletedAt }),
  }
}

const observeNetwork = ({ Id, Name, Labels }: NetworkReply, ref: EnvironmentRef): ObservedNetwork => {
  const isOwned = isOwnedBy(Labels, ref)
  const definition = isOwned ? readNetworkDefinition(Labels) : undefined
  return { id: Id, engineName: Name, isOwned, ...(definition !== undefined && { definition }) }
}

const observeFile = ({ ID, Spec }: FileReply, ref: EnvironmentRef): ObservedFile => ({
  id: ID,
  engineName: Spec.Name,
  isOwned: isOwnedBy(Spec.Labels, ref),
})
