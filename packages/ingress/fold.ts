import { setTimeout as wait } from 'node:timers/promises'

interface Waiting<Value, Result> {
  readonly value: Value
  readonly done: PromiseWithResolvers<Result>
}

/**
 * Calls a function for the newest of many values, one call at a time: who asked for an older one gets the result of the call
 * that took its place. A costly call begins at least `everyMs` after the last costly one did.
 */
export const createFold = <Value, Result>(
  work: (value: Value) => Promise<Result>,
  { everyMs, isCostly }: { readonly everyMs: number; readonly isCostly: (value: Value) => boolean },
): ((value: Value) => Promise<Result>) => {
  let waiting: Waiting<Value, Result>[] = []
  let isWorking = false
  let costlyAtMs = -Infinity

  const drain = async (): Promise<void> => {
    isWorking = true
    for (let newest = waiting.at(-1); newest !== undefined; newest = waiting.at(-1)) {
      const restMs = costlyAtMs + everyMs - performance.now()
      if (isCostly(newest.value) && restMs > 0) {
        await wait(restMs)
        costlyAtMs = -Infinity
        continue
      }
      if (isCostly(newest.value)) costlyAtMs = performance.now()
      const served = waiting
      waiting = []
      await work(newest.value).then(
        (result) => served.forEach(({ done }) => done.resolve(result)),
        (error: unknown) => served.forEach(({ done }) => done.reject(error)),
      )
    }
    isWorking = false
  }

  return (value) => {
    const done = Promise.withResolvers<Result>()
    waiting.push({ value, done })
    if (!isWorking) void drain()
    return done.promise
  }
}
