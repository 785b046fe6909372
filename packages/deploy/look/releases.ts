import type { EnvironmentRef } from '@atoll/engine'
import type { Context } from '../context.ts'
import { getEnvironment, listDeployments, listReleases } from '../ledger/ledger.ts'
import type { DeploymentRecord, Release } from '../records.ts'
import { toReader } from './reader.ts'

/** Releases of an environment, newest first; the one that last converged `isCurrent`. */
export const releases = async (
  context: Context,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly (Release & { readonly isCurrent: boolean })[]> => {
  const reader = toReader(context, ref, signal)
  const [{ value }, found] = await Promise.all([getEnvironment(reader), listReleases(reader)])
  return found.map((release) => ({ ...release, isCurrent: release.number === value.current }))
}

/** Deployments of an environment with their receipts, newest first. */
export const deployments = (
  context: Context,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly DeploymentRecord[]> => listDeployments(toReader(context, ref, signal))
