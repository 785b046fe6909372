import type { Service } from '@atoll/spec'
import { findNewest, isJob, slotOf } from '@atoll/plan'
import type { ObservedService, ObservedTask } from '@atoll/plan'
import { limits } from '../limits.ts'
import { findMeaning, isPassing, noAddress } from './engine-words.ts'
import { explainDeath } from './failure.ts'
import type { Failure } from './failure.ts'
import type { Death, History } from './history.ts'
import { isUnplaced } from './history.ts'

interface Situation {
  readonly history: History
  readonly nowMs: number
  /** As many run, or have completed, as are wanted. */
  readonly isDone: boolean
  readonly wanted: number
  /** Tasks that still have to stop. */
  readonly old: number
}

/** The first proof that a service will not get there by itself; undefined while it still may. */
export const findFailure = (definition: Service, found: ObservedService, situation: Situation): Failure | undefined =>
  findCrashLoop(definition, situation) ??
  findEngineVerdict(definition, found, situation) ??
  findUnplaced(definition, found, situation) ??
  findUnaddressed(definition, situation) ??
  findLostRun(definition, found, situation) ??
  findUntouched(definition, found, situation) ??
  findStandstill(definition, found, situation)

/** Deaths are counted per slot: ten replicas that each miss a database once at their start are no crash loop. */
const findCrashLoop = (definition: Service, { history, nowMs }: Situation): Failure | undefined => {
  const deaths = withoutPassing(
    history.deaths.filter((death) => death.service === definition.name),
    nowMs,
  )
  const last = deaths.at(-1)
  if (last === undefined) return undefined
  const perSlot = Map.groupBy(deaths, ({ task }: Death) => slotOf(task))
  const most = Math.max(...[...perSlot.values()].map((list) => list.length))
  const failure = explainDeath(last, deaths.length)
  return most >= deathLimit(definition, failure) ? failure : undefined
}

/** A node that comes back is given tasks a moment before its engine can start them. */
const withoutPassing = (deaths: readonly Death[], nowMs: number): readonly Death[] => {
  const first = deaths.find(({ task }) => isPassing(task.error ?? ''))
  if (first === undefined || nowMs - first.seenAtMs >= limits.passingMs) return deaths
  return deaths.filter(({ task }) => !isPassing(task.error ?? ''))
}

/** The engine does not start another after `maxAttempts`, so nothing more can be waited for. */
const deathLimit = ({ restart }: Service, { kind }: Failure): number => {
  // An engine on a full disk soon takes no tasks at all: waiting for another death would be waiting for ever.
  if (restart.condition === 'none' || kind === 'disk-full') return 1
  const enough = kind === 'exit' || kind === 'out-of-memory' ? limits.deathsPerSlot : limits.refusalsPerSlot
  return Math.min(enough, (restart.maxAttempts ?? Infinity) + 1)
}

const findEngineVerdict = (
  { name }: Service,
  { update }: ObservedService,
  { history }: Situation,
): Failure | undefined => {
  const writes = history.writes.get(name) ?? 0
  const deaths = history.deaths.filter((death) => death.service === name)
  if (writes > 0 && update?.state.startsWith('rollback') === true) {
    const last = deaths.at(-1)
    if (last !== undefined) return explainDeath(last, deaths.length)
    return engineFailure(name, `was rolled back by the engine itself (${update.message})`)
  }
  if (writes <= limits.updateRetries) return undefined
  return engineFailure(name, `does not stay as asked, written ${writes} times (${update?.message ?? 'changed again'})`)
}

const engineFailure = (service: string, what: string): Failure => ({ kind: 'engine', service, what, deaths: 0 })

const findUnplaced = ({ name }: Service, { tasks }: ObservedService, situation: Situation): Failure | undefined => {
  const sinceMs = situation.history.unplacedSinceMs.get(name)
  if (sinceMs === undefined || situation.nowMs - sinceMs < limits.noNodeGraceMs) return undefined
  const task = tasks.find(isUnplaced)
  const text = task?.error ?? task?.message ?? 'no reason given'
  const meaning = findMeaning(text)
  const what = `${meaning?.what ?? 'found no node'}, for ${limits.noNodeGraceMs / 1000} s (${text})`
  return {
    kind: 'no-node',
    service: name,
    what,
    hint: meaning?.hint ?? 'see which rule excluded each node; change placement or limits, or add a node',
    ...(task === undefined ? {} : { taskId: task.id }),
    deaths: 0,
  }
}

/** Swarm's allocator says why in the log of one manager only. */
const findUnaddressed = ({ name }: Service, { history, nowMs }: Situation): Failure | undefined => {
  const sinceMs = history.unaddressedSinceMs.get(name)
  if (sinceMs === undefined || nowMs - sinceMs < limits.addressMs) return undefined
  const what = `${noAddress.what}, for ${limits.addressMs / 1000} s`
  return { kind: 'addresses', service: name, what, hint: noAddress.hint, deaths: 0 }
}

/**
 * The engine gives up the task of a node that is gone, and starts no other where the service is not restarted: nobody knows
 * how far it came.
 */
const findLostRun = (definition: Service, found: ObservedService, situation: Situation): Failure | undefined => {
  if (situation.isDone || definition.restart.condition !== 'none') return undefined
  const wanted = findNewest(found).filter(({ slot = 0 }) => slot <= situation.wanted)
  const lost = wanted.find(({ desired, state }) => isGivenUp(desired) && state !== 'complete')
  if (lost === undefined) return undefined
  return {
    kind: 'lost',
    service: definition.name,
    what: 'runs once, and its task was lost',
    hint: 'see what it has done and what not, then deploy again: it runs anew in each release',
    taskId: lost.id,
    ...(lost.nodeId === undefined ? {} : { nodeId: lost.nodeId }),
    deaths: 0,
  }
}

/** Until the engine has made room for a task it wants it `ready` only. */
const isGivenUp = (desired: ObservedTask['desired']): boolean => desired === 'shutdown' || desired === 'remove'

const findUntouched = ({ name }: Service, { tasks }: ObservedService, situation: Situation): Failure | undefined => {
  const { history, nowMs } = situation
  const task = tasks.find(({ id }) => nowMs - (history.untouchedSinceMs.get(id) ?? nowMs) >= limits.acceptMs)
  if (task?.nodeId === undefined) return undefined
  return {
    kind: 'timeout',
    service: name,
    what: `was not begun with for ${limits.acceptMs / 1000} s (${task.state})`,
    hint: 'that engine is in trouble: its disk may be full, "atoll doctor" and its log say more; mend or drain the node',
    taskId: task.id,
    nodeId: task.nodeId,
    deaths: 0,
  }
}

const findStandstill = (definition: Service, { tasks }: ObservedService, situation: Situation): Failure | undefined => {
  const { history, nowMs, isDone, old } = situation
  if (isDone && old === 0) return undefined
  const task = tasks.find(({ isCurrent }) => isCurrent)
  const limitMs = isDone ? stopLimitMs(definition) : progressLimitMs(definition, task?.state === 'preparing')
  if (nowMs - (history.progressAtMs.get(definition.name) ?? history.startedAtMs) < limitMs) return undefined
  const last = history.deaths.findLast((death) => death.service === definition.name)
  if (isDone)
    return engineFailure(definition.name, `runs, but ${old} of its old tasks did not stop for ${limitMs / 1000} s`)
  const why = task === undefined ? 'it has no task' : `${task.state}: ${task.error ?? task.message}`
  return {
    kind: 'timeout',
    service: definition.name,
    what: `got no further for ${Math.round(limitMs / 1000)} s (${why})`,
    ...(task === undefined ? {} : { taskId: task.id }),
    ...(task?.nodeId === undefined ? {} : { nodeId: task.nodeId }),
    deaths: last === undefined ? 0 : 1,
  }
}

/** How long a task's first verdict may take: the time its health check is given. */
const healthMs = ({ healthcheck }: Service): number => {
  if (healthcheck === undefined) return 0
  // The engine's own defaults where the compose file says nothing.
  const { startPeriodMs = 0, intervalMs = 30_000, timeoutMs = 30_000, retries = 3 } = healthcheck
  return startPeriodMs + (retries + 1) * (intervalMs + timeoutMs)
}

/** Old tasks of an update stop one after the other, each within its grace. */
const stopLimitMs = (service: Service): number =>
  limits.progressMs + (service.stopGraceMs ?? 0) + service.update.delayMs

const progressLimitMs = (service: Service, isPulling: boolean): number => {
  if (isJob(service)) return limits.jobMs
  return (isPulling ? limits.pullMs : limits.progressMs) + healthMs(service) + service.update.delayMs
}
