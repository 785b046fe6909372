import type { RouteProbes } from '@atoll/engine'
import type { Probed } from '../probing/prober.ts'
import { addPeak, peakSince } from './peaks.ts'
import type { Peak } from './peaks.ts'

/** What came of the probes of one route; plain data. */
export interface ProbeCounts {
  readonly answered: number
  readonly failed: number
  readonly slowest: readonly Peak[]
  readonly gaps: readonly Peak[]
}

const noProbes: ProbeCounts = { answered: 0, failed: 0, slowest: [], gaps: [] }

/** With one more, at a moment of the tally. */
export const addProbe = (
  { answered, failed, slowest, gaps }: ProbeCounts = noProbes,
  { isAnswered, ms, gapMs }: Omit<Probed, 'backend'>,
  moment: number,
): ProbeCounts => ({
  answered: answered + (isAnswered ? 1 : 0),
  failed: failed + (isAnswered ? 0 : 1),
  slowest: isAnswered ? addPeak(slowest, { moment, ms }) : slowest,
  gaps: gapMs > 0 ? addPeak(gaps, { moment, ms: gapMs }) : gaps,
})

/** `since`: a moment of before. */
export const readProbes = (
  { answered, failed, slowest, gaps }: ProbeCounts,
  since: number,
): Omit<RouteProbes, 'route'> => ({
  answered,
  failed,
  slowestMs: peakSince(slowest, since),
  gapMs: peakSince(gaps, since),
})
