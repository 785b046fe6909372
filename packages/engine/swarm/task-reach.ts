import { gatherStats } from '../gather-stats.ts'
import type { TaskReach } from '../reach.ts'
import type { ContainerPlace } from './archive.ts'
import type { Api } from './client.ts'
import { findContainer } from './exec.ts'
import type { NodeClients } from './node-clients.ts'
import { observeEnvironment } from './observe.ts'

interface Tools {
  readonly api: Api
  readonly nodes: NodeClients
}

/** What reaches into tasks, each asked of the engine of its own node. Loaded when the first of it is needed. */
export const openTaskReach = ({ api, nodes }: Tools): TaskReach => {
  const locate = async (taskId: string, doing: string, signal: AbortSignal): Promise<ContainerPlace> => {
    const { nodeId, containerId } = await findContainer(api, taskId, signal)
    return { node: await nodes.get(nodeId, `${doing} of task ${taskId}`, signal), containerId }
  }
  return {
    stats: async (ref, signal) => {
      const { sampleTasks } = await import('./stats.ts')
      return gatherStats(
        await observeEnvironment(api, ref, signal),
        async (nodeId, taskIds, until) =>
          sampleTasks(await nodes.get(nodeId, 'read what tasks use', until), taskIds, until),
        { signal },
      )
    },
    statFile: async ({ taskId, path }, signal) => {
      const { statFile } = await import('./archive.ts')
      return statFile(await locate(taskId, `look at ${path}`, signal), path, signal)
    },
    readFiles: async ({ taskId, ...request }, signal) => {
      const { readFiles } = await import('./archive.ts')
      return readFiles(await locate(taskId, `read ${request.path}`, signal), request, signal)
    },
    writeFiles: async ({ taskId, ...request }, signal) => {
      const { writeFiles } = await import('./archive.ts')
      return writeFiles(await locate(taskId, `write to ${request.path}`, signal), request, signal)
    },
    forward: async ({ taskId, ...request }, signal) => {
      const { forwardToContainer } = await import('./forward.ts')
      const place = await locate(taskId, 'reach ports', signal)
      return forwardToContainer({ ...place, maker: 'direct' }, request, signal)
    },
  }
}
