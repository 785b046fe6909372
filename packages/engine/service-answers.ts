import type { ServiceAnswers } from './routing.ts'

export const noServiceAnswers: ServiceAnswers = { answered: 0, errors: 0, failed: 0, totalMs: 0 }

/** Number by number. */
export const combineServiceAnswers = (
  a: ServiceAnswers,
  b: ServiceAnswers,
  combine: (a: number, b: number) => number,
): ServiceAnswers => ({
  answered: combine(a.answered, b.answered),
  errors: combine(a.errors, b.errors),
  failed: combine(a.failed, b.failed),
  totalMs: combine(a.totalMs, b.totalMs),
})

export const addServiceAnswers = (a: ServiceAnswers, b: ServiceAnswers): ServiceAnswers =>
  combineServiceAnswers(a, b, (x, y) => x + y)
