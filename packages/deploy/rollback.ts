import type { EnvironmentRef } from '@atoll/engine'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { getCurrentRelease, runWithoutFiles } from './derive.ts'
import { NotFoundError, RefusedError, renderRef } from './errors.ts'
import { getRelease, listDeployments, listReleases } from './ledger/ledger.ts'
import type { Outcome } from './records.ts'

export interface RollbackRequest {
  readonly ref: EnvironmentRef
  readonly release?: number
  /** Where the backup is that was made before, for the receipt. */
  readonly backup?: string
}

/** Deploys a release that is there already: the one that converged before the current one, unless said which. */
export const rollback = async (
  context: Context,
  { ref, release, backup }: RollbackRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const current = await getCurrentRelease(call)
  const { number, canary } = await getRelease(call, release ?? (await getReleaseBefore(call, current.number)))
  if (canary !== undefined) {
    throw new RefusedError(`roll back ${renderRef(ref)}: release ${number} was a canary`, {
      hint: `name another; beside it ran release ${canary.base}`,
    })
  }
  // Who names a release wants that one, whatever runs.
  const based = release === undefined ? { basedOn: current.number } : {}
  const noted = backup === undefined ? {} : { backup }
  return runWithoutFiles(call, { task: { kind: 'release' }, release: number, ...based, ...noted })
}

const getReleaseBefore = async (call: Call, current: number): Promise<number> => {
  const [deployments, releases] = await Promise.all([listDeployments(call), listReleases(call)])
  const canaries = new Set(releases.filter(({ canary }) => canary !== undefined).map(({ number }) => number))
  const converged = deployments.filter(
    ({ state, release }) => state === 'converged' && release < current && !canaries.has(release),
  )
  const before = Math.max(0, ...converged.map(({ release }) => release))
  if (before > 0) return before
  throw new NotFoundError(
    `${renderRef(call.ref)}: no release before ${current} converged`,
    'see "atoll releases"; "atoll rollback NUMBER" takes any of them',
  )
}
