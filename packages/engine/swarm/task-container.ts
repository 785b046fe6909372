import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { containersReply } from './replies.ts'

/** Containers an engine has of a task, which is asked for nothing else: so a worker can be asked, too. */
export const listTaskContainers = (node: Api, taskId: string, signal: AbortSignal) => {
  const query = { all: true, filters: { label: [`com.docker.swarm.task.id=${taskId}`] } }
  const doing = `find the container of task ${taskId}`
  return node.json({ method: 'GET', path: '/containers/json', query, doing }, containersReply, signal)
}

/** Throws EngineError `not-found`. */
export const getTaskContainer = async (node: Api, taskId: string, signal: AbortSignal) => {
  const [container] = await listTaskContainers(node, taskId, signal)
  if (container !== undefined) return container
  throw new EngineError('not-found', `reach task ${taskId}: it has no container on this node; see "atoll status"`)
}
