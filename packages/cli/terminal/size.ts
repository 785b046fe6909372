const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes as `df -H` counts them, powers of 1000: `512 B`, `1.4 MB`, `23 GB`. */
export const renderBytes = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  const digits = power > 0 && amount < 9.95 ? 1 : 0
  return `${amount.toFixed(digits)} ${units[power]}`
}
