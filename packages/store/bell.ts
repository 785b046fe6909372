/** Wakes one waiter. A ring while nobody waits is kept for the next wait, so none is lost. */
export interface Bell {
  ring(): void
  /** Until the bell rings, `timeoutMs` are over or the signal comes; never throws. Gives whether it rang. */
  wait(signal: AbortSignal, timeoutMs?: number): Promise<boolean>
}

export const createBell = (): Bell => {
  let hasRung = false
  let wake: (reason?: unknown) => void = () => undefined
  return {
    ring: () => {
      hasRung = true
      wake()
    },
    wait: async (signal, timeoutMs) => {
      if (!hasRung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<unknown>()
        const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs)
        wake = resolve
        signal.addEventListener('abort', wake)
        await promise
        signal.removeEventListener('abort', wake)
        clearTimeout(timer)
      }
      const rang = hasRung
      hasRung = false
      return rang
    },
  }
}
