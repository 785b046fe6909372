import type { TaskPlaces } from '../routing.ts'
import type { AgentPlace } from '../remote/shapes/replies.ts'
import { openClient } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { listEndpoints, watchServices } from './list-endpoints.ts'
import { placedTaskReply, placedTasksReply } from './replies.ts'

/** Where things of the Swarm are, as a manager knows it. Throws EngineError. */
export interface Directory extends TaskPlaces, AsyncDisposable {
  /** Id of the task's node; undefined while it has none. */
  findNode(taskId: string, signal: AbortSignal): Promise<string | undefined>
  /** Nodes on which a task of the service runs, with the task's addresses in the network. */
  listPlaces(query: PlaceQuery, signal: AbortSignal): Promise<readonly AgentPlace[]>
}

export interface PlaceQuery {
  /** Engine names. */
  readonly service: string
  readonly network: string
}

export const openDirectory = (endpoint: Endpoint): Directory => {
  const client = openClient(endpoint)
  return {
    listEndpoints: (services, signal) => listEndpoints(client, services, signal),
    watchServices: (signal) => watchServices(client, signal),
    findNode: async (taskId, signal) => {
      const call = { method: 'GET', path: `/tasks/${taskId}`, doing: `find task ${taskId}` } as const
      return (await client.json(call, placedTaskReply, signal)).NodeID || undefined
    },
    listPlaces: async ({ service, network }, signal) => {
      const query = { filters: { service: [service], 'desired-state': ['running'] } }
      const call = { method: 'GET', path: '/tasks', query, doing: `find where ${service} runs` } as const
      const tasks = await client.json(call, placedTasksReply, signal)
      return tasks.flatMap(({ NodeID: nodeId, Status, NetworksAttachments }) => {
        const attached = NetworksAttachments.filter(({ Network }) => Network.Spec.Name === network)
        const addresses = attached.flatMap(({ Addresses }) => Addresses).map(withoutPrefix)
        return nodeId && hasContainer.has(Status.State) ? [{ nodeId, addresses }] : []
      })
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** One that starts runs already; the engine calls it so until the first health check, which older ones do only after a while. */
const hasContainer: ReadonlySet<string> = new Set(['starting', 'running'])

/** `10.0.1.5/24` */
const withoutPrefix = (address: string): string => address.split('/')[0] ?? ''
