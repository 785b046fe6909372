import type { ServiceAnswers } from '@atoll/engine'
import type { CanaryFigures, CanaryVerdict } from './records.ts'

/**
 * The rules, as docs/design/024 has them. `z`: of two shares that are equal one looks so much worse once in a thousand times.
 * `pointsWorse`: shares, so 0.001 is a tenth of a percent.
 */
export const canaryRules = {
  fewestRequests: 50,
  fewestFailures: 5,
  z: 3.09,
  pointsWorse: 0.001,
  timesSlower: 1.5,
  slowerMs: 50,
} as const

/**
 * Whether a canary goes on or back; undefined: it is measured longer. Errors end it at once, whatever time is left; the rest is
 * said when its time is over.
 */
export const judgeCanary = (figures: CanaryFigures, isOver: boolean): CanaryVerdict | undefined => {
  if (hasMoreFailures(figures)) return { kind: 'abort', rule: 'errors', because: describeErrors(figures) }
  if (!isOver) return undefined
  if (isTooFew(figures)) return judgeFew(figures)
  if (isSlower(figures)) return { kind: 'abort', rule: 'latency', because: describeLatency(figures) }
  return { kind: 'promote', rule: 'as-good', because: `${describeErrors(figures)}; ${describeLatency(figures)}` }
}

/** Every request that a task was given. */
export const requestsOf = ({ answered, failed }: ServiceAnswers): number => answered + failed

/** Those that a task answered with 5xx, or not to the end. */
export const failuresOf = ({ errors, failed }: ServiceAnswers): number => errors + failed

/** From 0 to 1; 0 of nothing. */
export const failureShareOf = (answers: ServiceAnswers): number => ratio(failuresOf(answers), requestsOf(answers))

/** Until an answer began, on average. */
export const meanMsOf = ({ totalMs, answered }: ServiceAnswers): number => ratio(totalMs, answered)

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** The test of two proportions, one-sided, which a few failures alone do not pass. */
const hasMoreFailures = ({ old, new: canary }: CanaryFigures): boolean => {
  const [before, after] = [requestsOf(old), requestsOf(canary)]
  const more = failureShareOf(canary) - failureShareOf(old)
  if (failuresOf(canary) < canaryRules.fewestFailures || before === 0 || more < canaryRules.pointsWorse) return false
  const pooled = (failuresOf(old) + failuresOf(canary)) / (before + after)
  return more >= canaryRules.z * Math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
}

const isSlower = ({ old, new: canary }: CanaryFigures): boolean =>
  meanMsOf(canary) > meanMsOf(old) * canaryRules.timesSlower && meanMsOf(canary) - meanMsOf(old) > canaryRules.slowerMs

const isTooFew = ({ old, new: canary }: CanaryFigures): boolean =>
  Math.min(requestsOf(old), requestsOf(canary)) < canaryRules.fewestRequests

/** Nothing can be compared: what has not failed once goes on, as it would without a canary. */
const judgeFew = (figures: CanaryFigures): CanaryVerdict => {
  const { old, new: canary, uncounted } = figures
  const few = `only ${requestsOf(canary)} requests came to the new one and ${requestsOf(old)} to the old one`
  const because = `${few}, too few to compare`
  if (uncounted.length > 0) {
    return { kind: 'abort', rule: 'too-few', because: `${because}; not counted: ${uncounted.join(', ')}` }
  }
  const failures = failuresOf(canary)
  if (failures > 0)
    return { kind: 'abort', rule: 'too-few', because: `${because}, and ${failures} of the new one failed` }
  return { kind: 'promote', rule: 'too-few', because: `${because}; none of the new one failed` }
}

/** `0.2 % errors beside 0.1 %`: the new one first. */
export const describeErrors = ({ old, new: canary }: Pick<CanaryFigures, 'old' | 'new'>): string =>
  `${renderPart(failureShareOf(canary))} errors beside ${renderPart(failureShareOf(old))}`

const describeLatency = ({ old, new: canary }: CanaryFigures): string =>
  `${Math.round(meanMsOf(canary))} ms on average beside ${Math.round(meanMsOf(old))} ms`

/** `0.2 %`; what is there is never 0. */
export const renderPart = (share: number): string => {
  const percent = share * 100
  return percent > 0 && percent < 0.05 ? 'less than 0.1 %' : `${Number(percent.toFixed(1))} %`
}
