/** One figure: ours beside another's, taken in the same run. */
export interface Figure {
  readonly name: string
  readonly ours: number
  /** Absent where nothing comparable can be run beside it. */
  readonly other?: number
  /** ours / other: machines differ, ratios stay. */
  readonly ratio?: number
  readonly unit: string
  readonly note: string
}

/** `run` may give several figures. */
export interface Benchmark {
  /** What can be asked for on the command line. */
  readonly name: string
  /** Further names it goes by: those of its other figures. */
  readonly also?: readonly string[]
  readonly run: (signal: AbortSignal) => Promise<readonly Figure[]>
}

export function compare(
  name: string,
  sides: { ours: number; other: number },
  about: { unit: string; note: string },
): Figure {
  return { name, ...sides, ratio: sides.ours / sides.other, ...about }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('median of nothing')
  return middle
}
