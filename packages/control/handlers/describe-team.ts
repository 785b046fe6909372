import type { Reply } from '@atoll/api'
import type { Document } from '@atoll/store'
import { collections } from '../auth/records.ts'
import type { PersonRecord } from '../auth/records.ts'
import { teamOf } from '../auth/teams.ts'
import type { TeamsRecord } from '../auth/teams.ts'
import type { Control } from '../control.ts'

type Team = Reply<'createTeam'>

export const listPeople = (control: Control, signal: AbortSignal): Promise<readonly Document<PersonRecord>[]> =>
  control.documents.list<PersonRecord>(collections.person, {}, signal)

/** Its people are those with a role in it; nothing else says who is in a team. */
export const describeTeam = (
  name: string,
  { teams, apps }: TeamsRecord,
  people: readonly Document<PersonRecord>[],
): Team => ({
  name,
  apps: Object.keys(apps)
    .filter((app) => teamOf(apps, app) === name)
    .toSorted(),
  people: people.flatMap(({ id, value }) =>
    value.grants.filter(({ team }) => team === name).map(({ role }) => ({ name: id, role })),
  ),
  createdAtMs: teams[name]?.createdAtMs ?? 0,
})
