import type { Documents } from '@atoll/store'
import { ControlError } from '../errors.ts'
import { collections } from './records.ts'
import type { Grant } from './records.ts'

/** Document `team`, id `all`: one for all teams, so that an app cannot come to be in two. */
export interface TeamsRecord {
  readonly teams: Readonly<Record<string, { readonly createdAtMs: number }>>
  /** The team of each app that is in one. */
  readonly apps: Readonly<Record<string, string>>
}

export interface FoundTeams extends TeamsRecord {
  readonly revision: number
}

const id = 'all'

export const findTeams = async (
  { documents }: { readonly documents: Documents },
  signal: AbortSignal,
): Promise<FoundTeams> => {
  const found = await documents.find<TeamsRecord>(collections.team, id, signal)
  return { teams: {}, apps: {}, ...found?.value, revision: found?.revision ?? 0 }
}

/** By compare-and-set; throws StoreError `conflict` when somebody was faster. What a newer build has in it stays. */
export const putTeams = async (
  { documents }: { readonly documents: Documents },
  { revision, ...value }: FoundTeams,
  signal: AbortSignal,
): Promise<void> => {
  await documents.put(collections.team, id, { expected: revision, value }, signal)
}

export const hasTeam = ({ teams }: Pick<TeamsRecord, 'teams'>, team: string): boolean => Object.hasOwn(teams, team)

/** Names come from outside, and an object has names of its own. */
export const teamOf = (apps: TeamsRecord['apps'], app: string): string | undefined =>
  Object.hasOwn(apps, app) ? apps[app] : undefined

/** ControlError `no-team` when one of these is in a team that is not there: it would count once somebody makes one of that name. */
export const requireTeams = async (
  control: { readonly documents: Documents },
  grants: readonly Grant[],
  signal: AbortSignal,
): Promise<void> => {
  const named = grants.flatMap(({ team }) => (team === undefined ? [] : [team]))
  if (named.length === 0) return
  const found = await findTeams(control, signal)
  const missing = named.find((team) => !hasTeam(found, team))
  if (missing === undefined) return
  throw new ControlError('no-team', `there is no team ${missing}`, { status: 422, hint: 'make it first' })
}
