import type { EnvironmentRef } from '@atoll/engine'
import { observe } from './attempt/converge.ts'
import { followServices } from './attempt/follow-services.ts'
import { Waker } from './attempt/waker.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { NotFoundError, renderRef } from './errors.ts'
import { beginHistory, extendHistory } from './judge/history.ts'
import { judge } from './judge/judge.ts'
import { findForeign, recordTasks } from './judge/task-records.ts'
import { findDeployment, findRelease, getEnvironment } from './ledger/ledger.ts'
import { findOutcome } from './outcome.ts'
import type { DeploymentEvent, DeploymentRecord, Outcome } from './records.ts'

/**
 * Watches the deployment that runs, without touching it, until it ends. Undefined: its owner fell silent for the whole lease.
 * NotFoundError when none runs.
 */
export const follow = async (
  context: Context,
  ref: EnvironmentRef,
  options: RunOptions,
): Promise<Outcome | undefined> => {
  const call: Call = { context, ref, ...options }
  const { running } = (await getEnvironment(call)).value
  if (running !== undefined) return followToEnd(call, running.deployment)
  throw new NotFoundError(`${renderRef(ref)}: no deployment is running`, 'see how the last one ended: "atoll receipt"')
}

/** From its documents: phases, causes, the end. From the engine: tasks and services, which are written down less often. */
export const followToEnd = async (call: Call, number: number): Promise<Outcome | undefined> => {
  await using waker = new Waker(call)
  const tellEngine = createEngineTeller(call)
  let told: DeploymentRecord | undefined
  for (;;) {
    // First, for it is written last: when it no longer names the deployment, the record says how that ended.
    const { running } = (await getEnvironment(call)).value
    const record = (await findDeployment(call, number))?.value
    if (record !== undefined) {
      for (const event of renderChanges(told, record, call.context.clock.now())) call.onEvent(event)
      told = record
      const outcome = findOutcome(record)
      if (outcome !== undefined) return outcome
    }
    if (running?.deployment !== number || call.context.clock.now() >= running.leaseUntilMs) return undefined
    if (record !== undefined) await tellEngine(record)
    await waker.wait()
  }
}

/** What a record says that an older one of the same deployment did not. */
const renderChanges = (
  before: DeploymentRecord | undefined,
  after: DeploymentRecord,
  nowMs: number,
): readonly DeploymentEvent[] => {
  const { receipt, direction, previous, state } = after
  const phases = receipt.phases.slice(before?.receipt.phases.length ?? 0)
  const causes = receipt.causes.slice(before?.receipt.causes.length ?? 0)
  const isBack = direction === 'back' && before?.direction !== 'back'
  return [
    ...phases.map(({ name, startedAtMs }): DeploymentEvent => ({ kind: 'phase', atMs: startedAtMs, phase: name })),
    ...causes.map((cause): DeploymentEvent => ({ kind: 'cause', atMs: nowMs, cause })),
    ...(isBack
      ? [{ kind: 'rollback' as const, atMs: nowMs, ...(previous === undefined ? {} : { to: previous }) }]
      : []),
    ...(state === 'running' ? [] : [{ kind: 'end' as const, atMs: receipt.endedAtMs ?? nowMs, state, receipt }]),
  ]
}

const createEngineTeller = (call: Call): ((record: DeploymentRecord) => Promise<void>) => {
  const { clock } = call.context
  const tellServices = followServices(call)
  let tasks: DeploymentRecord['receipt']['tasks'] | undefined
  let foreign: ReadonlySet<string> | undefined
  let history: ReturnType<typeof beginHistory> | undefined
  return async (record) => {
    const observed = await observe(call)
    const nowMs = clock.now()
    const isFirst = tasks === undefined
    tasks ??= record.receipt.tasks
    foreign ??= findForeign(observed, tasks)
    const seen = recordTasks(tasks, observed, { nowMs, isFirst, foreign })
    tasks = seen.records
    for (const event of seen.events) call.onEvent(event)
    const { direction, previous = record.release } = record
    const release = direction === 'back' ? previous : record.release
    const app = (await findRelease(call, release))?.app
    history = extendHistory(history ?? beginHistory(observed, tasks, { nowMs, sinceMs: nowMs }), observed, nowMs)
    if (app !== undefined)
      tellServices(judge({ app, release, settled: previous, observed, history, waiting: new Set(), nowMs }))
  }
}
