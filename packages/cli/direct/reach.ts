import type { Engine } from '@atoll/engine'
import type { ClusterReach } from '../cluster/task-reach.ts'
import { nameTask } from '../terminal/task-name.ts'
import { getRunningTask } from './find-task.ts'

/** The engine itself reaches into tasks. */
export const openDirectReach = (engine: Engine): ClusterReach => ({
  stats: (ref, signal) => engine.stats(ref, signal),
  findTask: async ({ ref, task: wanted, doing }, signal) => {
    const { service, task } = getRunningTask(await engine.observe(ref, signal), { ref, wanted, doing })
    return { taskId: task.id, name: nameTask({ service, slot: task.slot, taskId: task.id }) }
  },
  statFile: (request, signal) => engine.statFile(request, signal),
  readFiles: (request, signal) => engine.readFiles(request, signal),
  writeFiles: (request, signal) => engine.writeFiles(request, signal),
  forward: (request, signal) => engine.forward(request, signal),
})
