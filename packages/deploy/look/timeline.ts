import type { TaskDetail } from '@atoll/engine'
import type { Observed, ObservedNode, ObservedService, ObservedTask } from '@atoll/plan'
import { slotOf } from '@atoll/plan'
import { explainDeath, explanations } from '../judge/failure.ts'
import { nameOf } from '../judge/task-records.ts'
import type { Cause, DeploymentRecord } from '../records.ts'

/** Something that happened to an app, in one sentence, with the proof beside it. */
export interface TimelineEntry {
  /** By the engine's clock where it is about a task. */
  readonly atMs: number
  readonly kind: 'deployment' | 'task' | 'node'
  readonly service?: string
  readonly node?: string
  readonly message: string
  readonly hint?: string
  /** Health output, last log lines. */
  readonly details: readonly string[]
  readonly isBad: boolean
  /** The same happened so often, the last time at `atMs`; 1 unless it repeats. */
  readonly times: number
}

export interface TimelineInput {
  readonly deployments: readonly DeploymentRecord[]
  readonly observed: Observed
  /** By task id, of those that died and could be asked. */
  readonly details: ReadonlyMap<string, TaskDetail>
  readonly nowMs: number
  /** Of an environment that is to be repaired by itself and is not any more: what is left as it is. */
  readonly unrepaired?: readonly string[]
}

/** What happened, oldest first: deployments with their causes, deaths of tasks, tasks that moved, nodes that are away. */
export const buildTimeline = (input: TimelineInput): readonly TimelineEntry[] =>
  fold(
    [
      ...input.deployments.flatMap(describeDeployment),
      ...input.observed.services.filter(({ isOwned }) => isOwned).flatMap((service) => describeTasks(service, input)),
      ...input.observed.nodes.flatMap((node) => describeNode(node, input.nowMs)),
      ...describeUnrepaired(input),
    ].toSorted((a, b) => a.atMs - b.atMs),
  )

const entry = (part: Pick<TimelineEntry, 'atMs' | 'kind' | 'message'> & Partial<TimelineEntry>): TimelineEntry => ({
  details: [],
  isBad: false,
  times: 1,
  ...part,
})

const describeDeployment = ({ number, task, receipt }: DeploymentRecord): readonly TimelineEntry[] => {
  const { startedAtMs, endedAtMs, author, resumedBy, causes } = receipt
  const begin = entry({
    atMs: startedAtMs,
    kind: 'deployment',
    message: `deployment ${number} of ${author}: ${describeTask(task, receipt.release)}`,
    details: task.kind === 'repair' ? task.found : [],
  })
  const carried = resumedBy.map(({ owner, atMs }) =>
    entry({ atMs, kind: 'deployment', message: `deployment ${number} was carried on by ${owner}` }),
  )
  if (endedAtMs === undefined) return [begin, ...carried]
  const [first] = causes
  const end = entry({
    atMs: endedAtMs,
    kind: 'deployment',
    message: `deployment ${number} ${endings[receipt.state](receipt)}${first === undefined ? '' : `: ${first.message}`}`,
    isBad: receipt.state !== 'converged',
    details: causes.flatMap(proofOf),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
  })
  return [begin, ...carried, end]
}

const describeTask = (task: DeploymentRecord['task'], release: number): string => {
  switch (task.kind) {
    case 'release':
      return `release ${release}`
    case 'repair':
      return `repair of release ${release}`
    case 'move-volume':
      return 'move of a volume'
    case 'remove':
      return 'removal'
  }
}

const describeUnrepaired = ({ unrepaired = [], nowMs }: TimelineInput): readonly TimelineEntry[] =>
  unrepaired.length === 0
    ? []
    : [
        entry({
          atMs: nowMs,
          kind: 'deployment',
          message: 'what was repaired is changed again and again; from here on it is only reported',
          hint: 'find who changes it, then "atoll repair"; or keep the change with "atoll adopt" and in the compose file',
          details: unrepaired,
          isBad: true,
        }),
      ]

const endings: Readonly<Record<DeploymentRecord['state'], (receipt: DeploymentRecord['receipt']) => string>> = {
  running: () => 'is under way',
  converged: ({ startedAtMs, endedAtMs = startedAtMs }) =>
    `converged after ${((endedAtMs - startedAtMs) / 1000).toFixed(1)} s`,
  'rolled-back': ({ previous }) => `failed and went back to release ${previous ?? '?'}`,
  failed: () => 'failed',
}

const proofOf = ({ health, logs }: Cause): readonly string[] => [...health, ...logs]

const describeTasks = (service: ObservedService, input: TimelineInput): readonly TimelineEntry[] => {
  const slots = Map.groupBy(
    service.tasks.toSorted((a, b) => a.createdAtMs - b.createdAtMs),
    slotOf,
  )
  return [...slots.values()].flatMap((tasks) =>
    tasks.flatMap((task, index) => [
      ...describeMove({ service, task, before: tasks[index - 1] }, input),
      ...describeDeath({ service, task }, input),
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
  { deployments, observed }: TimelineInput,
): readonly TimelineEntry[] => {
  if (before === undefined || deployments.some(({ receipt }) => isDuring(task.createdAtMs, receipt))) return []
  const [from, to] = [before, task].map(({ nodeId }) => observed.nodes.find(({ id }) => id === nodeId))
  const name = renderTask({ service, task })
  const isAway = from !== undefined && from.state !== 'ready'
  if (from?.id === to?.id) return []
  const why = isAway ? `${from.name} does not answer` : `it had ended on ${from?.name ?? 'a node that is gone'}`
  return [
    entry({
      atMs: task.createdAtMs,
      kind: 'task',
      service: nameOf(service),
      ...(to === undefined ? {} : { node: to.name }),
      message: `${name} went to ${to?.name ?? 'no node yet'}, for ${why}`,
    }),
  ]
}

/** The engine makes a deployment's last tasks a moment after the last action. */
const isDuring = (atMs: number, { startedAtMs, endedAtMs = Infinity }: DeploymentRecord['receipt']): boolean =>
  atMs >= startedAtMs - clockSkewMs && atMs <= endedAtMs + clockSkewMs

/** Deployments go by our clock, tasks by that of their manager. */
const clockSkewMs = 1_000

const describeDeath = ({ service, task }: Subject, { observed, details }: TimelineInput): readonly TimelineEntry[] => {
  const isLost = task.state === 'orphaned'
  if (task.state !== 'failed' && task.state !== 'rejected' && !isLost) return []
  const node = observed.nodes.find(({ id }) => id === task.nodeId)?.name
  const detail = details.get(task.id)
  const failure = explainDeath({ service: nameOf(service), task }, 1)
  const { what, hint } = detail?.isOutOfMemory === true ? explanations.outOfMemory : failure
  const place = node === undefined ? '' : ` on ${node}`
  return [
    entry({
      atMs: task.sinceMs,
      kind: 'task',
      service: nameOf(service),
      ...(node === undefined ? {} : { node }),
      message: `${renderTask({ service, task })} ${isLost ? 'was given up with its node' : what}${place}`,
      ...(hint === undefined ? {} : { hint }),
      details: (detail?.health ?? []).map(({ exitCode, output }) => `health ${exitCode}: ${output.trim()}`),
      isBad: true,
    }),
  ]
}

const renderTask = ({ service, task }: Subject): string =>
  task.slot === undefined ? nameOf(service) : `${nameOf(service)}.${task.slot}`

const describeNode = ({ name, state, availability }: ObservedNode, nowMs: number): readonly TimelineEntry[] => {
  const base = { atMs: nowMs, kind: 'node' as const, node: name }
  if (state !== 'ready') return [entry({ ...base, message: `${name} does not answer (${state})`, isBad: true })]
  return availability === 'active' ? [] : [entry({ ...base, message: `${name} takes no tasks (${availability})` })]
}

/** A crash loop is one line. */
const fold = (entries: readonly TimelineEntry[]): readonly TimelineEntry[] => {
  const folded: TimelineEntry[] = []
  for (const next of entries) {
    const last = folded.at(-1)
    if (last?.kind === 'task' && last.message === next.message) {
      folded[folded.length - 1] = { ...next, times: last.times + 1 }
    } else folded.push(next)
  }
  return folded
}
