const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `1.5 GiB`. */
export const renderBytes = (bytes: number): string => {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power] ?? 'B'}`
}

/** Billionths of a processor for people: `0.5 processors`. */
export const renderProcessors = (nanoCpus: number): string => {
  const count = Number((nanoCpus / 1e9).toFixed(3))
  return count === 1 ? '1 processor' : `${count} processors`
}
