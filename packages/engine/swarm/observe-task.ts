import { isDeepStrictEqual } from 'node:util'
import type { ObservedTask, TaskState } from '@atoll/plan'
import type { ServiceReply, TaskReply } from './replies.ts'

const states: readonly TaskState[] = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
]

const wishes: readonly ObservedTask['desired'][] = ['running', 'shutdown', 'ready', 'remove', 'complete']

/** Tasks of one service, newest first. */
export const observeTasks = (service: ServiceReply, tasks: readonly TaskReply[]): readonly ObservedTask[] =>
  tasks.map(observerOf(service)).sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))

/** For tasks that come one by one. It keeps of the service what tasks are made from, and nothing else. */
export const observerOf = (service: ServiceReply): ((task: TaskReply) => ObservedTask) => {
  const isCurrent = matchSpecification(service)
  return (task) => observeTask(task, isCurrent(task))
}

export const observeTask = (task: TaskReply, isCurrent: boolean): ObservedTask => {
  const container = task.Status.ContainerStatus
  const hasEnded = endStates.has(task.Status.State)
  return {
    id: task.ID,
    ...(task.Slot !== undefined && task.Slot > 0 && { slot: task.Slot }),
    ...(task.NodeID !== undefined && task.NodeID !== '' && { nodeId: task.NodeID }),
    image: task.Spec.ContainerSpec?.Image ?? '',
    isCurrent,
    desired: wishes.find((wish) => wish === task.DesiredState) ?? 'shutdown',
    state: states.find((state) => state === task.Status.State) ?? 'new',
    message: task.Status.Message ?? '',
    ...(task.Status.Err !== undefined && task.Status.Err !== '' && { error: task.Status.Err }),
    ...(hasEnded && container?.ExitCode !== undefined && { exitCode: container.ExitCode }),
    ...(container?.ContainerID && { containerId: container.ContainerID }),
    sinceMs: task.Status.Timestamp,
    createdAtMs: task.CreatedAt,
  }
}

/** Before its end a container has the exit code 0 too, which means nothing. */
const endStates: ReadonlySet<string> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])

/**
 * A task shows the specification it was made from, but no version of it, so the two are compared. Left out: `Runtime`,
 * which only services show, and placement, since a task that runs where the new rules allow it too is kept as it is.
 * A task that ended before the present update began belongs to an earlier time the service had this specification: a
 * rollback must not be judged by it.
 */
const matchSpecification = (service: ServiceReply): ((task: TaskReply) => boolean) => {
  const wanted = stripTemplate(service.Spec.TaskTemplate)
  const updatedMs = service.UpdateStatus?.StartedAt ?? 0
  return (task) =>
    (task.CreatedAt >= updatedMs || task.DesiredState === 'running' || task.DesiredState === 'ready') &&
    isDeepStrictEqual(stripTemplate(task.Spec), wanted)
}

const stripTemplate = (template: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { Runtime: _runtime, Placement: _placement, ...rest } = template
  return rest
}
