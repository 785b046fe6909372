const SLOW_MS = 2000

/** Says what is going on once it has taken two seconds, and then how long it took; nothing about what is quick. */
export const withProgress = async <T>(
  what: string,
  onProgress: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> => {
  const startMs = performance.now()
  const timer = setTimeout(() => onProgress(`${what} ...`), SLOW_MS)
  try {
    const result = await work()
    const tookMs = performance.now() - startMs
    if (tookMs > SLOW_MS) onProgress(`${what}: done after ${(tookMs / 1000).toFixed(1)} s`)
    return result
  } finally {
    clearTimeout(timer)
  }
}
