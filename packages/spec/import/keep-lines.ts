/** More pairs of lines than this are not compared. */
const MAX_PAIRS = 4_000_000

interface Printed {
  /** The file as it was, printed without a change. */
  readonly before: string
  /** The same with the changes. */
  readonly after: string
}

/**
 * The changed text in the manner of the original: each line that printing alone would have changed is as it was. Where lines of
 * the original and of its print do not pair up, it is what was printed.
 */
export const keepLines = (original: string, { before, after }: Printed): string => {
  const [own, from, to] = [original, before, after].map((text) => text.split('\n')) as [string[], string[], string[]]
  if (own.length !== from.length || from.length * to.length > MAX_PAIRS) return after
  const kept = alignLines(from, to)
  return to.map((line, index) => own[kept.get(index) ?? -1] ?? line).join('\n')
}

/** For lines of `to` the line of `from` they are, in order: the longest common subsequence. */
const alignLines = (from: readonly string[], to: readonly string[]): ReadonlyMap<number, number> => {
  const width = to.length + 1
  const lengths = new Uint32Array((from.length + 1) * width)
  const lengthAt = (row: number, column: number): number => lengths[row * width + column] ?? 0
  for (let row = from.length - 1; row >= 0; row -= 1) {
    for (let column = to.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        from[row] === to[column]
          ? lengthAt(row + 1, column + 1) + 1
          : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1))
    }
  }
  const pairs = new Map<number, number>()
  let [row, column] = [0, 0]
  while (row < from.length && column < to.length) {
    if (from[row] === to[column]) pairs.set(column++, row++)
    else if (lengthAt(row + 1, column) >= lengthAt(row, column + 1)) row += 1
    else column += 1
  }
  return pairs
}
