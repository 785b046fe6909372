/** How full a disk was, at a moment. */
export interface DiskSample {
  readonly atMs: number
  readonly usedShare: number
}

export interface Trend {
  readonly sharePerHour: number
  readonly fullAtMs: number
}

const hourMs = 3_600_000
const leastSpanMs = hourMs
const leastSamples = 12
/** How much of the movement a straight line explains: one step, such as a large image, does not reach it. */
const leastFit = 0.85

/**
 * Least squares through the samples, oldest first. Undefined without an hour of them, when the disk does not grow, or when it
 * does not grow steadily.
 */
export const findTrend = (samples: readonly DiskSample[]): Trend | undefined => {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (samples.length < leastSamples || last.atMs - first.atMs < leastSpanMs) return undefined
  const hours = samples.map(({ atMs }) => (atMs - first.atMs) / hourMs)
  const shares = samples.map(({ usedShare }) => usedShare)
  const { slope, fit } = fitLine(hours, shares)
  if (slope <= 0 || fit < leastFit) return undefined
  return { sharePerHour: slope, fullAtMs: last.atMs + ((1 - last.usedShare) / slope) * hourMs }
}

/** Slope of the line, and the square of the correlation. */
const fitLine = (xs: readonly number[], ys: readonly number[]): { readonly slope: number; readonly fit: number } => {
  const [meanX, meanY] = [mean(xs), mean(ys)]
  let [xx, yy, xy] = [0, 0, 0]
  xs.forEach((x, at) => {
    const [dx, dy] = [x - meanX, (ys[at] ?? meanY) - meanY]
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  })
  return xx === 0 || yy === 0 ? { slope: 0, fit: 0 } : { slope: xy / xx, fit: (xy * xy) / (xx * yy) }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
