import type { Call } from '../context.ts'
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

/** Whoever carries it to its end counts from where it was begun. What has changed nothing is not counted. */
export const endCounting = async ({ call, journal }: Attempt): Promise<Pick<Receipt, 'visitors'>> => {
  const { visitorsBegun, hasChanged } = journal.record
  const { visitors } = call.context
  if (visitors === undefined || visitorsBegun === undefined || !hasChanged) return {}
  return { visitors: await visitors.end(call.ref, visitorsBegun, call.signal) }
}
