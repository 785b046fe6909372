import { addServiceAnswers, noServiceAnswers } from '@atoll/engine'
import type { EnvironmentRef, ServiceAnswers, ServiceTally } from '@atoll/engine'
import type { Call, Context, RunOptions } from '../context.ts'
import { findRelease, getEnvironment, listDeployments } from '../ledger/ledger.ts'
import { limits } from '../limits.ts'
import type { Outcome } from '../records.ts'
import { readWatch, writeWatch } from './canary-watch.ts'
import { abortCanary, isCanary, promoteCanary } from './end-canary.ts'
import type { CanaryRelease } from './end-canary.ts'
import { judgeCanary } from './judge-canary.ts'
import type { CanaryFigures, CanaryPlan, CanaryVerdict, CanaryWatch } from './records.ts'

/**
 * One look at an environment: begins to measure its canary, measures on, or, once it is decided, brings the environment to where
 * it was decided to. All that is known stands in documents, so that any control goes on where another has ended. Undefined: there
 * was nothing to deploy.
 */
export const driveCanary = async (
  context: Context,
  ref: EnvironmentRef,
  options: RunOptions,
): Promise<Outcome | undefined> => {
  const call: Call = { context, ref, ...options }
  const { current, running } = (await getEnvironment(call)).value
  const release = current === undefined || running !== undefined ? undefined : await findRelease(call, current)
  if (release === undefined || !isCanary(release)) return undefined
  const verdict = await decide(call, release)
  if (verdict === undefined) return undefined
  const act = await chooseWay(call, release, verdict)
  return act === undefined
    ? undefined
    : (act.kind === 'promote' ? promoteCanary : abortCanary)(context, { ref, verdict: act }, options)
}

/** Undefined: it is still being measured. What was decided once stays so. */
const decide = async (call: Call, release: CanaryRelease): Promise<CanaryVerdict | undefined> => {
  const { revision, value } = await readWatch(call)
  const watch = value?.release === release.number ? value : undefined
  if (watch?.verdict !== undefined) return watch.verdict
  const next = watch === undefined ? begin(call, release) : await measure(call, release, watch)
  if (next !== watch) await writeWatch(call, revision, next)
  return next.verdict
}

/** New tasks are reached by every node, and have their first requests behind them, before anything of them counts. */
const begin = ({ context }: Call, { number, canary }: CanaryRelease): CanaryWatch => {
  const startedAtMs = context.clock.now()
  return { release: number, startedAtMs, untilMs: startedAtMs + limits.canary.settleMs + canary.forMs }
}

const measure = async (
  { context, ref, signal }: Call,
  { canary }: CanaryRelease,
  watch: CanaryWatch,
): Promise<CanaryWatch> => {
  const { visitors } = context
  const nowMs = context.clock.now()
  if (watch.begun === undefined) {
    if (nowMs - watch.startedAtMs < limits.canary.settleMs) return watch
    const begun = await visitors?.begin(ref, signal)
    return begun === undefined ? giveUpUncounted(watch, nowMs) : { ...watch, begun }
  }
  const { services = [], uncounted } = (await visitors?.end(ref, watch.begun, signal)) ?? { uncounted: ['every node'] }
  const figures = { ...compare(services, canary), uncounted }
  const verdict = judgeCanary(figures, nowMs >= watch.untilMs)
  if (verdict === undefined && nowMs - (watch.measuredAtMs ?? 0) < limits.canary.noteEveryMs) return watch
  return { ...watch, figures, measuredAtMs: nowMs, ...(verdict === undefined ? {} : { verdict }) }
}

/** Nobody can be asked what visitors got: what cannot be measured for all of its time does not go on. */
const giveUpUncounted = (watch: CanaryWatch, nowMs: number): CanaryWatch => {
  if (nowMs < watch.untilMs) return watch
  return { ...watch, verdict: { kind: 'abort', rule: 'too-few', because: 'nothing could be measured' } }
}

const compare = (tallies: readonly ServiceTally[], { services }: CanaryPlan): Pick<CanaryFigures, 'old' | 'new'> => {
  const sumOf = (names: readonly string[]): ServiceAnswers =>
    tallies.filter(({ service }) => names.includes(service)).reduce<ServiceAnswers>(addServiceAnswers, noServiceAnswers)
  return { old: sumOf(services.map(({ service }) => service)), new: sumOf(services.map(({ canary }) => canary)) }
}

/**
 * A release that was to be promoted and failed has gone back to the one before: then that is made the current one again. What fails to go back is
 * tried some times, and then left to people.
 */
const chooseWay = async (
  call: Call,
  { number }: CanaryRelease,
  verdict: CanaryVerdict,
): Promise<CanaryVerdict | undefined> => {
  const failed = (await listDeployments(call)).filter(
    ({ state, receipt: { canary, causes } }) =>
      canary?.release === number && state !== 'converged' && !causes.every(({ kind }) => kind === 'abandoned'),
  )
  const aborts = failed.filter(({ receipt }) => receipt.canary?.kind === 'abort')
  if (aborts.length >= limits.canary.mostAborts) return undefined
  const promotion = failed.find(({ receipt }) => receipt.canary?.kind === 'promote')
  if (promotion === undefined) return verdict
  return { kind: 'abort', rule: 'failed', because: `deployment ${promotion.number}, which was to promote it, failed` }
}
