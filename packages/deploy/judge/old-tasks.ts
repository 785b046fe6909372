import type { ObservedTask, TaskState } from '@atoll/plan'
import { hasEnded } from './task-records.ts'

const unbegun: ReadonlySet<TaskState> = new Set(['new', 'allocated', 'pending', 'assigned', 'accepted'])

/**
 * Tasks that still have to stop before a service is what it should be. None of a node that does not answer, which cannot
 * say so; and none that its node never began with, of which there is nothing to stop.
 */
export const findOldTasks = (tasks: readonly ObservedTask[], ready: ReadonlySet<string>): readonly ObservedTask[] =>
  tasks.filter((task) => {
    if (hasEnded(task) || (task.nodeId !== undefined && !ready.has(task.nodeId))) return false
    if (task.desired === 'running') return !task.isCurrent
    return !unbegun.has(task.state)
  })
