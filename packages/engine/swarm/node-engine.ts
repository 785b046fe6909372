import type { NodeEngine } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { openClient } from './client.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { execInContainer } from './exec.ts'
import { describeContainer } from './inspect-task.ts'
import { containerReply, containersReply } from './replies.ts'

/** The engine at an endpoint, asked for nothing but its own containers: so a worker can be asked, too. */
export const openNodeEngine = (endpoint: Endpoint): NodeEngine & AsyncDisposable => {
  const client = openClient(endpoint)
  return {
    findService: async (taskId, signal) => {
      const [container] = await listContainers(client, taskId, signal)
      return container?.Labels['com.docker.swarm.service.name']
    },
    exec: async (request, signal) => {
      const { Id } = await getContainer(client, request.taskId, signal)
      return execInContainer({ node: client, containerId: Id }, request, signal)
    },
    inspectTask: async (taskId, signal) => {
      const { Id } = await getContainer(client, taskId, signal)
      const call = { method: 'GET', path: `/containers/${Id}/json`, doing: `inspect task ${taskId}` } as const
      return describeContainer(await client.json(call, containerReply, signal))
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const listContainers = (client: Client, taskId: string, signal: AbortSignal) => {
  const query = { all: true, filters: { label: [`com.docker.swarm.task.id=${taskId}`] } }
  const call = {
    method: 'GET',
    path: '/containers/json',
    query,
    doing: `find the container of task ${taskId}`,
  } as const
  return client.json(call, containersReply, signal)
}

const getContainer = async (client: Client, taskId: string, signal: AbortSignal) => {
  const [container] = await listContainers(client, taskId, signal)
  if (container !== undefined) return container
  throw new EngineError('not-found', `reach task ${taskId}: it has no container on this node; see "atoll status"`)
}
