/** The highest so far at a moment of a tally. */
export interface Peak {
  readonly moment: number
  readonly ms: number
}

/** The older of these are as good as the oldest of them. */
const mostPeaks = 100

/** Only those that nothing later is above: the first after a moment is the highest since. */
export const addPeak = (peaks: readonly Peak[], peak: Peak): readonly Peak[] =>
  [...peaks.filter(({ ms }) => ms > peak.ms), peak].slice(-mostPeaks)

export const peakSince = (peaks: readonly Peak[], since: number): number =>
  peaks.find(({ moment }) => moment > since)?.ms ?? 0
