import type { App, Service } from '@atoll/spec'
import type { Observed, ObservedService, ObservedTask } from '@atoll/plan'
import { findCompleted, findFinished, isJob, isUp, readyNodes, wantedTasks } from '@atoll/plan'
import type { Failure } from './failure.ts'
import { findFailure } from './find-failure.ts'
import type { History } from './history.ts'
import { findOldTasks } from './old-tasks.ts'

export interface Question {
  readonly app: App
  /** Number of the release the app is. */
  readonly release: number
  /** The release that last converged: what it started has been watched before. */
  readonly settled: number | undefined
  readonly observed: Observed
  readonly history: History
  /** Services whose turn has not come: what their old tasks do says nothing of the new release. */
  readonly waiting: ReadonlySet<string>
  readonly nowMs: number
}

interface Count {
  readonly service: string
  readonly wanted: number
  /** Of a job: completions. */
  readonly running: number
}

export type Verdict =
  | (Count & { readonly kind: 'converged' })
  | (Count & { readonly kind: 'progressing'; readonly why: string })
  | (Count & { readonly kind: 'failed'; readonly failure: Failure })

/** One verdict per service of the app, in its order. Nothing but the arguments decides. */
export const judge = (question: Question): readonly Verdict[] => {
  const found = new Map(question.observed.services.filter((s) => s.isOwned).map((s) => [s.engineName, s]))
  return question.app.services.map((service) => judgeService(service, found.get(service.engineName), question))
}

const judgeService = (service: Service, found: ObservedService | undefined, question: Question): Verdict => {
  const { observed, history, waiting, nowMs } = question
  // The definition the engine has is the one pinned to its volumes' nodes.
  const definition = found?.definition ?? service
  const wanted = wantedTasks(definition, observed.nodes)
  const ready = readyNodes(observed)
  const running = found === undefined ? 0 : countDone(definition, found, ready)
  const count = { service: service.name, wanted, running }
  if (waiting.has(service.name)) return { ...count, kind: 'progressing', why: 'waits for its turn' }
  if (found === undefined) return { ...count, kind: 'progressing', why: 'is not created yet' }
  const old = findOldTasks(found.tasks, ready).length
  const failure =
    wanted === 0
      ? undefined
      : findFailure(definition, found, { history, nowMs, isDone: running >= wanted, wanted, old })
  if (failure !== undefined) return { ...count, kind: 'failed', failure }
  const why = findReasonToWait(definition, found, { question, wanted, running, old })
  return why === undefined ? { ...count, kind: 'converged' } : { ...count, kind: 'progressing', why }
}

const countDone = (definition: Service, found: ObservedService, ready: ReadonlySet<string>): number => {
  if (isJob(definition)) return findCompleted(found).length
  const up = found.tasks.filter((task) => task.isCurrent && isUp(task, ready)).length
  return up + findFinished(definition, found).length
}

const isRunning = ({ state, desired }: ObservedTask): boolean => state === 'running' && desired === 'running'

interface Counted {
  readonly question: Question
  readonly wanted: number
  readonly running: number
  /** Tasks that still have to stop. */
  readonly old: number
}

const findReasonToWait = (
  definition: Service,
  found: ObservedService,
  { question, wanted, running, old }: Counted,
): string | undefined => {
  const { history, nowMs } = question
  const pending = found.tasks.find((task) => task.isCurrent && task.desired === 'running' && task.state === 'pending')
  if (running < wanted) return pending?.error ?? pending?.message ?? `${running} of ${wanted} are up`
  if (isJob(definition)) return undefined
  if (old > 0) return `${old} old still stop`
  if (running > wanted) return `${running - wanted} more than wanted`
  if (found.update?.state === 'updating') return 'the engine still watches its update'
  if (found.update?.state === 'paused') return `the engine stopped the update: ${found.update.message}`
  const isNew = found.release === question.release && found.release !== question.settled
  const isWritten = history.writes.has(definition.name) || isNew
  const youngestMs = Math.max(0, ...found.tasks.filter(isRunning).map((task) => runsSinceMs(task, history, isWritten)))
  const leftMs = youngestMs + definition.update.monitorMs - nowMs
  return leftMs > 0 && wanted > 0 ? `watched for ${Math.ceil(leftMs / 1000)} s more` : undefined
}

/** The engine's clock may differ from ours, so it is believed only for tasks that this release did not start. */
const runsSinceMs = (task: ObservedTask, { runningSinceMs, startedAtMs }: History, isWritten: boolean): number => {
  const seenMs = runningSinceMs.get(task.id) ?? startedAtMs
  return isWritten ? seenMs : Math.min(seenMs, task.sinceMs)
}
