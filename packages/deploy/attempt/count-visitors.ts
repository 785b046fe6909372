import type { Call } from '../context.ts'
import { limits } from '../limits.ts'
import { findRelease } from '../ledger/ledger.ts'
import type { DeploymentRecord, Receipt } from '../records.ts'
import type { Attempt } from './attempt.ts'

/** From before the first action on, where a release is served: until this one has converged that is the current one. */
export const beginCounting = async (
  call: Call,
  current: number | undefined,
): Promise<Pick<DeploymentRecord, 'visitorsBegun'>> => {
  const { visitors } = call.context
  if (visitors === undefined || current === undefined) return {}
  const { routes = [] } = (await findRelease(call, current))?.app ?? {}
  const visitorsBegun = routes.length === 0 ? undefined : await visitors.begin(call.ref, call.signal)
  return visitorsBegun === undefined ? {} : { visitorsBegun }
}

/** As long as it is in our hands. */
export const keepCounting = ({ call, journal }: Attempt): AsyncDisposable => {
  const { visitors, clock } = call.context
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  const renew = async (): Promise<void> => {
    if (visitors === undefined || journal.record.visitorsBegun === undefined) return
    while (!signal.aborted) {
      await visitors.renew(call.ref, signal)
      await clock.wait(limits.renewEveryMs, signal)
    }
  }
  const renewed = renew().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  // Told at the end.
  renewed.catch(() => undefined)
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await renewed
    },
  }
}

/** Whoever carries it to its end counts from where it was begun. What has changed nothing is not counted. */
export const endCounting = async ({ call, journal }: Attempt): Promise<Pick<Receipt, 'visitors'>> => {
  const { visitorsBegun, hasChanged } = journal.record
  const { visitors } = call.context
  if (visitors === undefined || visitorsBegun === undefined || !hasChanged) return {}
  return { visitors: await visitors.end(call.ref, visitorsBegun, call.signal) }
}
