import type { Observed, ObservedService, ObservedTask, TaskState } from '@atoll/plan'
import { limits } from '../limits.ts'
import type { DeploymentEvent, TaskRecord } from '../records.ts'

const ended: ReadonlySet<TaskState> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])

export const hasEnded = (task: Pick<ObservedTask, 'state'>): boolean => ended.has(task.state)

interface Seen {
  readonly records: readonly TaskRecord[]
  readonly events: readonly DeploymentEvent[]
  /** The records are others than those that were known. */
  readonly isNew: boolean
}

/** Tasks that had ended before anybody looked for this deployment: none of its business. */
export const findForeign = (observed: Observed, known: readonly Pick<TaskRecord, 'taskId'>[]): ReadonlySet<string> => {
  const ours = new Set(known.map((record) => record.taskId))
  const tasks = observed.services.flatMap((service) => service.tasks)
  return new Set(tasks.filter((task) => hasEnded(task) && !ours.has(task.id)).map((task) => task.id))
}

interface Look {
  readonly nowMs: number
  /** The first look records what runs and tells nothing of it. */
  readonly isFirst: boolean
  readonly foreign: ReadonlySet<string>
}

/** Adds what an observation says of tasks to what was known. */
export const recordTasks = (
  known: readonly TaskRecord[],
  observed: Observed,
  { nowMs, isFirst, foreign }: Look,
): Seen => {
  const records = new Map(known.map((record) => [record.taskId, record]))
  const nodes = new Map(observed.nodes.map((node) => [node.id, node.name]))
  const events: DeploymentEvent[] = []
  for (const { service, task } of tasksOf(observed)) {
    const record = records.get(task.id)
    if (record?.states.at(-1)?.state === task.state || foreign.has(task.id)) continue
    const next = extendRecord(record, { service, task, nowMs, node: nodes.get(task.nodeId ?? '') })
    records.set(task.id, next)
    if (!isFirst) events.push(toEvent(next, task, nowMs))
  }
  for (const record of leftOf(records, observed)) records.set(record.taskId, addState(record, 'remove', nowMs))
  const isNew = records.size !== known.length || known.some((record) => records.get(record.taskId) !== record)
  return { records: [...records.values()].slice(-limits.taskRecords), events, isNew }
}

/** Of a service that was removed nobody tells that its tasks have ended. */
const leftOf = (records: ReadonlyMap<string, TaskRecord>, observed: Observed): readonly TaskRecord[] => {
  const there = new Set(observed.services.flatMap(({ tasks }) => tasks.map(({ id }) => id)))
  return [...records.values()].filter(({ taskId, states }) => {
    const last = states.at(-1)
    return !there.has(taskId) && last !== undefined && !hasEnded(last)
  })
}

const addState = (record: TaskRecord, state: TaskState, atMs: number): TaskRecord => ({
  ...record,
  states: [...record.states, { state, atMs }].slice(-limits.statesPerTask),
})

const tasksOf = (observed: Observed): readonly { readonly service: string; readonly task: ObservedTask }[] =>
  observed.services
    .filter((service) => service.isOwned)
    .flatMap((service) => service.tasks.toReversed().map((task) => ({ service: nameOf(service), task })))

/** The compose name; of a service whose definition cannot be read the engine's. */
export const nameOf = (service: ObservedService): string => service.definition?.name ?? service.engineName

const extendRecord = (
  record: TaskRecord | undefined,
  seen: { service: string; task: ObservedTask; nowMs: number; node: string | undefined },
): TaskRecord => ({
  service: seen.service,
  taskId: seen.task.id,
  ...(seen.task.slot === undefined ? {} : { slot: seen.task.slot }),
  ...(seen.task.nodeId === undefined ? {} : { nodeId: seen.task.nodeId }),
  ...(seen.node === undefined ? {} : { node: seen.node }),
  image: seen.task.image,
  states: [...(record?.states ?? []), { state: seen.task.state, atMs: seen.nowMs }].slice(-limits.statesPerTask),
})

const toEvent = (record: TaskRecord, task: ObservedTask, atMs: number): DeploymentEvent => ({
  kind: 'task',
  atMs,
  service: record.service,
  taskId: record.taskId,
  ...(record.slot === undefined ? {} : { slot: record.slot }),
  ...(record.node === undefined ? {} : { node: record.node }),
  state: task.state,
  message: task.error ?? task.message,
})
