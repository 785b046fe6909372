import type { Desired } from '@atoll/plan'
import { getListed, listReleases } from '../ledger/ledger.ts'
import type { Attempt } from './attempt.ts'
import { converge, observe } from './converge.ts'
import { desire } from './desire.ts'
import { standStill } from './standstill.ts'
import { toCauses } from './to-causes.ts'

/** The whole app to the release before, or to a standstill when there is none. True: it stands there. */
export const goBack = async (attempt: Attempt): Promise<boolean> => {
  const { call, journal } = attempt
  const desired = await chooseWayBack(attempt)
  const { failures, observed } = await converge(attempt, { desired, phases: 'rollback' })
  if (failures.length > 0) journal.addCauses(await toCauses(call, failures, observed))
  return failures.length === 0
}

const chooseWayBack = async (attempt: Attempt): Promise<Desired> => {
  const { call, journal } = attempt
  const { previous, release } = journal.record
  const releases = await listReleases(call)
  const before = releases.find(({ number }) => number === previous)
  if (before !== undefined) return desire(before, releases, previous)
  const failed = getListed(releases, release)
  return desire({ ...failed, app: standStill(failed.app, await observe(call)) }, releases, previous)
}
