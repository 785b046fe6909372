import type { App, Mode, Route, Service } from '@atoll/spec'
import type { Exclusion, FieldChange, Observed, ObservedService, ObservedTask, TaskState } from '@atoll/plan'
import { exclusionsNow, findGood, isJob, readyNodes, wantedTasks } from '@atoll/plan'
import { hasEnded, nameOf } from '../judge/task-records.ts'
import { explainService } from './stuck.ts'

/** A service as wanted and as it is. */
export interface ServiceStatus {
  readonly service: string
  readonly image: string
  readonly mode: Mode['kind']
  readonly wanted: number
  /** Of a job: completions. */
  readonly running: number
  /** `stopped`: scaled to none. `idle`: no task is wanted, as no node is for it, or as the nodes serve its files themselves. */
  readonly state: 'good' | 'done' | 'stopped' | 'idle' | 'starting' | 'waiting' | 'failing' | 'missing' | 'unwanted'
  /** Why it is not as wanted; empty when it is. */
  readonly why: readonly string[]
  /** What to do about it first. */
  readonly hint?: string
  /** Which rule keeps it off each node; only when it waits for one. */
  readonly nodes: readonly Exclusion[]
  /** Release that last wrote it. */
  readonly release?: number
  /** Since when it is as it is, by the engine's clock. */
  readonly sinceMs?: number
  /** What somebody changed behind us. */
  readonly drift: readonly FieldChange[]
  readonly tasks: readonly TaskStatus[]
}

export interface TaskStatus {
  readonly taskId: string
  readonly slot?: number
  readonly node?: string
  readonly image: string
  readonly state: TaskState
  readonly message: string
  readonly exitCode?: number
  readonly sinceMs: number
  /** Made from the service's present definition. */
  readonly isCurrent: boolean
}

/** Every service of the release and every other that runs, by name. Without an app what runs is what is wanted. */
export const summarize = (app: App | undefined, observed: Observed, nowMs: number): readonly ServiceStatus[] => {
  const found = observed.services.filter((service) => service.isOwned)
  const names = new Set(app?.services.map(({ engineName }) => engineName))
  const sites = new Set(app?.routes?.filter(isStatic).map(({ service }) => service))
  const missing = app?.services.filter(({ engineName }) => !found.some((other) => other.engineName === engineName))
  return [
    ...found.map((service) =>
      describe(service, {
        observed,
        nowMs,
        isWanted: app === undefined || names.has(service.engineName),
        isSite: sites.has(nameOf(service)),
      }),
    ),
    ...(missing ?? []).map(describeMissing),
  ].toSorted((a, b) => (a.service < b.service ? -1 : 1))
}

const isStatic = (route: Route): boolean => route.kind === 'http' && route.static !== undefined

const describeMissing = (service: Service): ServiceStatus => ({
  service: service.name,
  image: service.image,
  mode: service.mode.kind,
  wanted: service.mode.kind === 'replicated' ? service.mode.replicas : 1,
  running: 0,
  state: 'missing',
  why: ['the engine does not have it; "atoll repair" creates it'],
  nodes: [],
  drift: [],
  tasks: [],
})

interface Look {
  readonly observed: Observed
  readonly nowMs: number
  readonly isWanted: boolean
  readonly isSite: boolean
}

const describe = (found: ObservedService, { observed, nowMs, isWanted, isSite }: Look): ServiceStatus => {
  const { definition, release, drift } = found
  const wanted = definition === undefined ? 0 : wantedTasks(definition, observed.nodes)
  const ready = readyNodes(observed)
  const good = definition === undefined ? [] : findGood(definition, found, ready)
  const told = explainService(found, observed, nowMs)
  const lost = listLost(found, observed)
  const { state, why, hint } = judgeState(found, { wanted, running: good.length, isWanted, isSite, lost, told })
  const sinceMs = Math.max(...(good.length > 0 ? good : found.tasks).map((task) => task.sinceMs), found.createdAtMs)
  const isWaiting = state === 'waiting' && definition !== undefined
  return {
    service: nameOf(found),
    image: definition?.image ?? found.tasks[0]?.image ?? '',
    mode: definition?.mode.kind ?? 'replicated',
    wanted,
    running: good.length,
    state,
    why,
    ...(hint === undefined ? {} : { hint }),
    nodes: isWaiting ? exclusionsNow(definition, observed) : [],
    release,
    sinceMs,
    drift,
    tasks: found.tasks.filter(isWorthTelling).map((task) => describeTask(task, observed)),
  }
}

interface Counts {
  readonly wanted: number
  readonly running: number
  readonly isWanted: boolean
  readonly isSite: boolean
  readonly lost: readonly string[]
  readonly told: ReturnType<typeof explainService>
}

/** Nodes that had a task of the service and do not answer. */
const listLost = ({ tasks }: ObservedService, { nodes }: Observed): readonly string[] =>
  nodes
    .filter((node) => node.state !== 'ready')
    .filter((node) =>
      tasks.some(({ nodeId, state, desired }) => nodeId === node.id && state === 'running' && desired === 'running'),
    )
    .map((node) => `${node.name} does not answer (${node.state})`)

const judgeState = (
  { definition, tasks, update }: ObservedService,
  { wanted, running, isWanted, isSite, lost, told }: Counts,
): Pick<ServiceStatus, 'state' | 'why' | 'hint'> => {
  if (!isWanted) return { state: 'unwanted', why: ['it is not part of the release'] }
  if (definition === undefined) return { state: 'failing', why: ['its definition cannot be read; deploy again'] }
  if (wanted === 0) return { state: isSite || definition.mode.kind !== 'replicated' ? 'idle' : 'stopped', why: [] }
  if (running >= wanted) {
    if (isJob(definition)) return { state: 'done', why: [] }
    return update?.state === 'paused' ? { state: 'failing', why: [update.message] } : { state: 'good', why: [] }
  }
  const isDead = tasks.some((task) => task.isCurrent && (task.state === 'failed' || task.state === 'rejected'))
  const isPending = tasks.some((task) => task.desired === 'running' && task.state === 'pending')
  const said = { ...told, why: [...lost, ...told.why] }
  if (isPending) return { state: 'waiting', ...said }
  return { state: isDead ? 'failing' : 'starting', ...said }
}

const maxDead = 5

/** What lives, and the newest that died. */
const isWorthTelling = (task: ObservedTask, index: number): boolean => !hasEnded(task) || index < maxDead

const describeTask = (task: ObservedTask, { nodes }: Observed): TaskStatus => {
  const node = nodes.find(({ id }) => id === task.nodeId)?.name ?? task.nodeId
  return {
    taskId: task.id,
    ...(task.slot === undefined ? {} : { slot: task.slot }),
    ...(node === undefined ? {} : { node }),
    image: task.image,
    state: task.state,
    message: task.error ?? task.message,
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
    sinceMs: task.sinceMs,
    isCurrent: task.isCurrent,
  }
}
