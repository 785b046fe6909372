/** The known name a person most likely meant: at most one letter in three differs. */
export const findSimilar = (name: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(1, name.length / 3) ? best.candidate : undefined
}

/** Longer names are nobody's slip of the pen, and the table below would be large. */
const MAX_LENGTH = 40

/** Levenshtein's: letters to add, remove or change. */
const distanceOf = (a: string, b: string): number => {
  if (a.length > MAX_LENGTH) return Infinity
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? Infinity
}
