import { readyNodes } from '@atoll/plan'
import type { Observed, ObservedService, ObservedTask } from '@atoll/plan'
import type { TaskRecord } from '../records.ts'
import { findForeign, hasEnded, nameOf } from './task-records.ts'

/** What one look at the engine cannot say: what happened since this attempt began. By our own clock throughout. */
export interface History {
  readonly startedAtMs: number
  /** Tasks that had ended before we came: none of our business. */
  readonly foreign: ReadonlySet<string>
  /** Since when each task runs without a break. */
  readonly runningSinceMs: ReadonlyMap<string, number>
  readonly deaths: readonly Death[]
  /** When a task of the service last got further. */
  readonly progressAtMs: ReadonlyMap<string, number>
  /** Since when a task of the service finds no node. */
  readonly unplacedSinceMs: ReadonlyMap<string, number>
  /** Since when a task of the service gets no address. */
  readonly unaddressedSinceMs: ReadonlyMap<string, number>
  /** Since when each task lies at a node that answers and has not begun with it. */
  readonly untouchedSinceMs: ReadonlyMap<string, number>
  /** How often each service was written by this attempt. */
  readonly writes: ReadonlyMap<string, number>
}

/** A task of the present definition that ended though it should not have. The engine forgets them; we do not. */
export interface Death {
  readonly service: string
  readonly task: ObservedTask
  readonly seenAtMs: number
}

/**
 * `known` are tasks of the receipt: those that ended while nobody looked are deaths of this deployment all the same.
 * Except, on the way back, those that ended before it began at `sinceMs`: they are why we go back.
 */
export const beginHistory = (
  observed: Observed,
  known: readonly TaskRecord[],
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): History => {
  return {
    startedAtMs: nowMs,
    foreign: findForeign(
      observed,
      known.filter((record) => !hadEnded(record, sinceMs)),
    ),
    runningSinceMs: new Map(),
    deaths: [],
    progressAtMs: new Map(),
    unplacedSinceMs: new Map(),
    unaddressedSinceMs: new Map(),
    untouchedSinceMs: new Map(),
    writes: new Map(),
  }
}

const hadEnded = ({ states }: TaskRecord, byMs: number): boolean => {
  const last = states.at(-1)
  return last !== undefined && last.atMs <= byMs && hasEnded(last)
}

/** The history with one more observation in it. */
export const extendHistory = (history: History, observed: Observed, nowMs: number): History => {
  const owned = observed.services.filter((service) => service.isOwned)
  const counted = new Set(history.deaths.map((death) => death.task.id))
  const runningSinceMs = new Map<string, number>()
  const unplacedSinceMs = new Map<string, number>()
  const unaddressedSinceMs = new Map<string, number>()
  const untouchedSinceMs = new Map<string, number>()
  const progressAtMs = new Map(history.progressAtMs)
  const ready = readyNodes(observed)
  const deaths = [...history.deaths]
  for (const service of owned) {
    const name = nameOf(service)
    for (const task of service.tasks) {
      if (task.state === 'running') {
        const sinceMs = history.runningSinceMs.get(task.id)
        runningSinceMs.set(task.id, sinceMs ?? nowMs)
        if (sinceMs === undefined) progressAtMs.set(name, nowMs)
      }
      if (isUntouched(task, ready)) untouchedSinceMs.set(task.id, history.untouchedSinceMs.get(task.id) ?? nowMs)
      if (isDeath(service, task) && !history.foreign.has(task.id) && !counted.has(task.id)) {
        deaths.push({ service: name, task, seenAtMs: nowMs })
      }
    }
    if (service.tasks.some(isUnplaced)) unplacedSinceMs.set(name, history.unplacedSinceMs.get(name) ?? nowMs)
    if (service.tasks.some(isUnaddressed)) unaddressedSinceMs.set(name, history.unaddressedSinceMs.get(name) ?? nowMs)
  }
  return { ...history, runningSinceMs, unplacedSinceMs, unaddressedSinceMs, untouchedSinceMs, progressAtMs, deaths }
}

/** A service was written: its tasks begin anew, and deaths of the definition before no longer count. */
export const recordWrite = (
  history: History,
  write: { readonly service: string; readonly isRepeated: boolean; readonly nowMs: number },
): History => ({
  ...history,
  deaths: write.isRepeated ? history.deaths : history.deaths.filter((death) => death.service !== write.service),
  progressAtMs: new Map(history.progressAtMs).set(write.service, write.nowMs),
  unplacedSinceMs: without(history.unplacedSinceMs, write.service),
  unaddressedSinceMs: without(history.unaddressedSinceMs, write.service),
  writes: new Map(history.writes).set(write.service, (history.writes.get(write.service) ?? 0) + 1),
})

const without = (map: ReadonlyMap<string, number>, key: string): ReadonlyMap<string, number> => {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

/**
 * Ended without being asked to. `shutdown` is the engine's own doing, and a task that ended well is one only where the
 * service should run forever.
 */
const isDeath = (service: ObservedService, task: ObservedTask): boolean => {
  if (!task.isCurrent) return false
  if (task.state === 'failed' || task.state === 'rejected') return true
  return task.state === 'complete' && runsForever(service)
}

const runsForever = ({ definition }: ObservedService): boolean =>
  definition !== undefined &&
  (definition.mode.kind === 'replicated' || definition.mode.kind === 'global') &&
  definition.restart.condition === 'any'

/** The engine keeps such a task pending and says why. */
export const isUnplaced = (task: ObservedTask): boolean =>
  task.isCurrent && task.desired === 'running' && task.state === 'pending' && task.nodeId === undefined

/** Before the engine looks for a node it gives a task its addresses. */
const isUnaddressed = (task: ObservedTask): boolean =>
  task.isCurrent && task.desired === 'running' && task.state === 'new'

/** A node that does not answer is another matter: the engine places its tasks elsewhere. */
const isUntouched = (task: ObservedTask, ready: ReadonlySet<string>): boolean =>
  task.isCurrent &&
  task.desired === 'running' &&
  (task.state === 'assigned' || task.state === 'accepted') &&
  ready.has(task.nodeId ?? '')
