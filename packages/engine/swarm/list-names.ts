import { isJob } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import { z } from 'zod'
import type { NamedService, NamedTask } from '../names.ts'
import type { Api } from './client.ts'
import { readDefinition } from './definition.ts'
import { servicesReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'

const attachedTask = z.object({
  ID: z.string(),
  ServiceID: z.string().optional(),
  NodeID: z.string().optional(),
  Status: z.object({ State: z.string(), Timestamp: z.string() }),
  NetworksAttachments: z
    .array(
      z.object({
        Network: z.object({ ID: z.string(), Spec: z.object({ Name: z.string() }) }),
        Addresses: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
})
type AttachedTask = z.output<typeof attachedTask>

const tasksReply = z.array(attachedTask).nullish()

/** Two lists of the whole Swarm. What ends by itself is nobody's to be found. */
export const listNames = async (api: Api, signal: AbortSignal): Promise<readonly NamedService[]> => {
  const ours = { filters: { label: ['atoll.app'] } }
  const wanted = { filters: { 'desired-state': ['running'] } }
  const [services, tasks] = await Promise.all([
    api.json({ method: 'GET', path: '/services', query: ours }, servicesReply, signal),
    api.json({ method: 'GET', path: '/tasks', query: wanted }, tasksReply, signal),
  ])
  const perService = Map.groupBy(tasks ?? [], ({ ServiceID }) => ServiceID ?? '')
  const known = services.flatMap(readOwned)
  const withJobs = new Set(known.filter(({ definition }) => isJob(definition)).map(environmentOf))
  return known
    .filter(({ definition }) => !isJob(definition) && definition.restart.condition === 'any')
    .map((owned) => {
      const { app, environment, definition, id } = owned
      return {
        app,
        environment,
        service: definition.name,
        dnsName: `tasks.${definition.engineName}`,
        isBesideJobs: withJobs.has(environmentOf(owned)),
        tasks: (perService.get(id) ?? []).flatMap(describeTask),
      }
    })
}

interface Owned {
  readonly id: string
  readonly app: string
  readonly environment: string
  readonly definition: Service
}

const environmentOf = ({ app, environment }: Owned): string => `${app}.${environment}`

const readOwned = ({ ID: id, Spec }: ServiceReply): readonly Owned[] => {
  const { 'atoll.app': app, 'atoll.environment': environment } = Spec.Labels
  const definition = readDefinition(Spec.Labels)
  return app === undefined || environment === undefined || definition === undefined
    ? []
    : [{ id, app, environment, definition }]
}

const describeTask = (task: AttachedTask): readonly NamedTask[] => {
  const { ID: taskId, NodeID: nodeId, Status } = task
  if (!nodeId) return []
  const isUp = Status.State === 'running'
  const sinceMs = Date.parse(Status.Timestamp) || 0
  return (task.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) => {
    const address = Addresses?.[0]?.split('/')[0]
    const { ID: networkId, Spec } = Network
    return address === undefined ? [] : [{ taskId, nodeId, networkId, network: Spec.Name, address, isUp, sinceMs }]
  })
}
