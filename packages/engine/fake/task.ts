import type { Service } from '@atoll/spec'
import { isSatisfied } from '@atoll/plan'
import type { TaskState } from '@atoll/plan'
import { emit, findNode, nextId } from './world.ts'
import type { FakeService, FakeTask, World } from './world.ts'

const ended: ReadonlySet<TaskState> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])

export const hasEnded = (task: FakeTask): boolean => ended.has(task.state)

/** Whether the engine still wants it, whatever became of it. */
export const isWanted = (task: FakeTask): boolean => task.desired === 'running' || task.desired === 'ready'

/** As in Swarm, counts, policies and the labels of the service itself are nothing its tasks are made from. */
const besideTasks: ReadonlySet<string> = new Set([
  'mode',
  'update',
  'rollback',
  'serviceLabels',
  'dependsOn',
  'build',
  'placement',
])

/** By service, which nobody changes in place: it is asked for with every look at every task. */
const taskSpecs = new WeakMap<Service, string>()

/** The part of a service that tasks are made from, constraints apart. */
const taskSpecOf = (service: Service): string => {
  const known = taskSpecs.get(service) ?? renderTaskSpec(service)
  taskSpecs.set(service, known)
  return known
}

const renderTaskSpec = (service: Service): string => {
  const { spread, maxPerNode } = service.placement
  return JSON.stringify([Object.entries(service).filter(([key]) => !besideTasks.has(key)), spread, maxPerNode])
}

/** Whether a task is as the service says now. Changed constraints leave a task in peace whose node still meets them. */
export const isCurrent = (world: World, service: FakeService, task: FakeTask): boolean => {
  if (task.spec !== taskSpecOf(service.spec)) return false
  const { constraints } = service.spec.placement
  if (constraints.join() === task.service.placement.constraints.join()) return true
  const node = findNode(world, task.nodeId)
  return node !== undefined && constraints.every((constraint) => isSatisfied(constraint, node))
}

export const createTask = (
  world: World,
  service: FakeService,
  options: { readonly place: string; readonly nodeId?: string; readonly slot?: number; readonly startAtMs?: number },
): FakeTask => {
  const task: FakeTask = {
    id: nextId(world, 'task'),
    place: options.place,
    ...(options.slot === undefined ? {} : { slot: options.slot }),
    nodeId: options.nodeId,
    spec: taskSpecOf(service.spec),
    service: service.spec,
    desired: (options.startAtMs ?? 0) > world.nowMs ? 'ready' : 'running',
    state: 'new',
    message: 'created',
    error: undefined,
    exitCode: undefined,
    isOutOfMemory: false,
    containerId: undefined,
    sinceMs: world.nowMs,
    createdAtMs: world.nowMs,
    startAtMs: options.startAtMs ?? world.nowMs,
  }
  service.tasks.unshift(task)
  emitTask(world, service, task)
  return task
}

export const enter = (
  world: World,
  { service, task }: { readonly service: FakeService; readonly task: FakeTask },
  change: { readonly state: TaskState; readonly message: string } & Partial<FakeTask>,
): void => {
  Object.assign(task, change, { sinceMs: world.nowMs })
  emitTask(world, service, task)
}

export const want = (
  world: World,
  { service, task }: { readonly service: FakeService; readonly task: FakeTask },
  desired: FakeTask['desired'],
): void => {
  if (task.desired === desired) return
  task.desired = desired
  emitTask(world, service, task)
}

const emitTask = (world: World, service: FakeService, task: FakeTask): void =>
  emit(world, 'task', { id: task.id, ...(service.owner === undefined ? {} : { ref: service.owner }) })
