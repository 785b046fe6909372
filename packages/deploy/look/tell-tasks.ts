import type { TaskDetail } from '@atoll/engine'
import type { Observed, ObservedNode, ObservedService, ObservedTask } from '@atoll/plan'
import { slotOf } from '@atoll/plan'
import { explanations } from '../judge/engine-words.ts'
import { explainDeath } from '../judge/failure.ts'
import { nameOf } from '../judge/task-records.ts'
import type { DeploymentRecord } from '../records.ts'
import { isDuringAny, listDeaths } from './deaths.ts'
import { entry } from './timeline-entry.ts'
import type { TimelineEntry } from './timeline-entry.ts'
import type { NodeEvent } from './watch-records.ts'

export interface TaskStory {
  readonly deployments: readonly DeploymentRecord[]
  readonly observed: Observed
  /** By task id, of those that died and could be asked. */
  readonly details: ReadonlyMap<string, TaskDetail>
  /** Oldest first. */
  readonly nodeEvents: readonly NodeEvent[]
}

/** Deaths of a service's tasks, and those that moved, slot by slot. */
export const describeTasks = (service: ObservedService, input: TaskStory): readonly TimelineEntry[] => {
  const slots = Map.groupBy(
    service.tasks.toSorted((a, b) => a.createdAtMs - b.createdAtMs),
    slotOf,
  )
  const deaths = listDeaths(service, input.deployments)
  return [...slots.values()].flatMap((tasks) =>
    tasks.flatMap((task, index) => [
      ...describeMove({ service, task, before: tasks[index - 1] }, input),
      ...(deaths.has(task) ? [describeDeath({ service, task }, input)] : []),
    ]),
  )
}

interface Subject {
  readonly service: ObservedService
  readonly task: ObservedTask
}

/** Deployments tell of the tasks they start themselves; any other replaced one that was lost. */
const describeMove = (
  { service, task, before }: Subject & { readonly before: ObservedTask | undefined },
  { deployments, observed, nodeEvents }: TaskStory,
): readonly TimelineEntry[] => {
  if (before === undefined || isDuringAny(task.createdAtMs, deployments)) return []
  const [from, to] = [before, task].map(({ nodeId }) => observed.nodes.find(({ id }) => id === nodeId))
  const name = renderTask({ service, task })
  if (from?.id === to?.id) return []
  return [
    entry({
      atMs: task.createdAtMs,
      kind: 'task',
      service: nameOf(service),
      ...(to === undefined ? {} : { node: to.name }),
      message: `${name} went to ${to?.name ?? 'no node yet'}, for ${whyMoved({ before, from, atMs: task.createdAtMs }, nodeEvents)}`,
    }),
  ]
}

interface Move {
  readonly before: ObservedTask
  readonly from: ObservedNode | undefined
  readonly atMs: number
}

/** What happened to the node a moment before, where it was written down; else what can be seen of it now. */
const whyMoved = ({ before, from, atMs }: Move, nodeEvents: readonly NodeEvent[]): string => {
  const event = nodeEvents.findLast(
    (each) =>
      each.nodeId === before.nodeId && Math.abs(atMs - each.atMs) < eventReachMs && reasons[each.kind] !== undefined,
  )
  const reason = event && reasons[event.kind]
  if (event !== undefined && reason !== undefined) return `${event.node} ${reason}`
  if (from !== undefined && from.state !== 'ready') return `${from.name} does not answer`
  if (from?.availability === 'drain') return `${from.name} is drained`
  return `it had ended on ${from?.name ?? 'a node that is gone'}`
}

/** The engine takes a while to move tasks, and the platform looks every few seconds. */
const eventReachMs = 120_000

const reasons: Readonly<Partial<Record<NodeEvent['kind'], string>>> = {
  down: 'did not answer',
  drained: 'was drained',
  removed: 'had left the cluster',
}

const describeDeath = ({ service, task }: Subject, { observed, details }: TaskStory): TimelineEntry => {
  const node = observed.nodes.find(({ id }) => id === task.nodeId)?.name
  const detail = details.get(task.id)
  const { what, hint, isBad = true } = explain({ service, task }, detail)
  const place = node === undefined ? '' : ` on ${node}`
  return entry({
    atMs: task.sinceMs,
    kind: 'task',
    service: nameOf(service),
    ...(node === undefined ? {} : { node }),
    message: `${renderTask({ service, task })} ${what}${place}`,
    ...(hint === undefined ? {} : { hint }),
    details: (detail?.health ?? []).map(({ exitCode, output }) => `health ${exitCode}: ${output.trim()}`),
    ...(isBad ? { isBad } : {}),
  })
}

interface Explanation {
  readonly what: string
  readonly hint?: string
  readonly isBad?: boolean
}

const explain = ({ service, task }: Subject, detail: TaskDetail | undefined): Explanation => {
  const failure = explainDeath({ service: nameOf(service), task }, 1)
  if (task.state === 'orphaned') return { ...failure, what: 'was given up with its node' }
  if (detail?.isOutOfMemory === true) return explanations.outOfMemory
  if (task.state !== 'complete') return failure
  if (detail?.health.at(-1)?.exitCode ?? 0) return explanations.turnedUnhealthy
  return { what: 'ended with status 0 and was replaced', isBad: false }
}

const renderTask = ({ service, task }: Subject): string =>
  task.slot === undefined ? nameOf(service) : `${nameOf(service)}.${task.slot}`
