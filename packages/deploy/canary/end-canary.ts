import type { EnvironmentRef } from '@atoll/engine'
import { callToBegin } from '../context.ts'
import type { Call, Context, RunOptions } from '../context.ts'
import { getCurrentRelease, runWithoutFiles } from '../derive.ts'
import { NotFoundError, renderRef } from '../errors.ts'
import { getRelease } from '../ledger/ledger.ts'
import type { Outcome, Release } from '../records.ts'
import { findWatch } from './canary-watch.ts'
import type { CanaryReceipt, CanaryVerdict } from './records.ts'

export interface EndCanaryRequest {
  readonly ref: EnvironmentRef
  /** Why; a person asked for it unless said. */
  readonly verdict?: CanaryVerdict
}

/** The new release for everybody; the tasks beside the old ones go. NotFoundError when there is no canary. */
export const promoteCanary = async (
  context: Context,
  { ref, verdict = asked('promote', context.owner) }: EndCanaryRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { number, git, author, next, canary } = await getCanary(call, 'promote')
  const origin = { kind: 'deploy' as const, from: number, note: 'a canary' }
  return runWithoutFiles(call, {
    task: { kind: 'release' },
    release: { app: next, origin, ...(git === undefined ? {} : { git }) },
    basedOn: number,
    // Of the canary the new tasks would be made anew, that have just failed.
    previous: canary.base,
    // Nobody asked for it but who began the canary.
    ...(verdict.rule === 'asked' ? {} : { author }),
    canary: await toReceipt(call, verdict),
  })
}

/** The release before for everybody; the new tasks go. NotFoundError when there is no canary. */
export const abortCanary = async (
  context: Context,
  { ref, verdict = asked('abort', context.owner) }: EndCanaryRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { number, canary } = await getCanary(call, 'abort')
  await getRelease(call, canary.base)
  return runWithoutFiles(call, {
    task: { kind: 'release' },
    release: canary.base,
    basedOn: number,
    canary: await toReceipt(call, verdict),
  })
}

const asked = (kind: CanaryVerdict['kind'], owner: string): CanaryVerdict => ({
  kind,
  rule: 'asked',
  because: `${owner} asked for it`,
})

/** A release that is a canary. */
export type CanaryRelease = Release & Required<Pick<Release, 'canary' | 'next'>>

const getCanary = async (call: Call, doing: string): Promise<CanaryRelease> => {
  const current = await getCurrentRelease(call)
  if (isCanary(current)) return current
  throw new NotFoundError(
    `${doing} the canary of ${renderRef(call.ref)}: there is none`,
    '"atoll deploy --canary 10%" begins one; "atoll status" shows what runs',
  )
}

export const isCanary = (release: Release): release is CanaryRelease =>
  release.canary !== undefined && release.next !== undefined

const toReceipt = async (call: Call, verdict: CanaryVerdict): Promise<CanaryReceipt> => {
  const { number, canary } = await getCanary(call, verdict.kind)
  const { figures } = (await findWatch(call, number)) ?? {}
  return { ...verdict, release: number, share: canary.share, ...(figures === undefined ? {} : { figures }) }
}
