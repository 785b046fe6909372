import { roles } from '@atoll/api'
import type { Role, Route } from '@atoll/api'
import type { Grant } from './records.ts'

/** What is needed: a role in an app, in a team, or without either in the whole cluster. */
export interface Need {
  readonly role: Role
  readonly app?: string
  /** Of an app: the team it is of. */
  readonly team?: string
}

/** Of what has more than a grant in it. */
export const toGrant = ({ role, app, team }: Grant): Grant => ({
  role,
  ...(app === undefined ? {} : { app }),
  ...(team === undefined ? {} : { team }),
})

const rankOf = (role: Role): number => roles.indexOf(role)

/** The one place where it is decided who may. A grant for the cluster counts everywhere, one for a team in each of its apps. */
export const isGranted = (grants: readonly Grant[], need: Need): boolean =>
  grants.some((grant) => rankOf(grant.role) >= rankOf(need.role) && reaches(grant, need))

const reaches = (grant: Grant, { app, team }: Need): boolean => {
  if (grant.app !== undefined) return grant.app === app
  return grant.team === undefined || grant.team === team
}

/** What a route needs of who calls it, when its path names this; undefined: nothing but being who one is. */
export const needOf = (
  { role, scope }: Pick<Route, 'role' | 'scope'>,
  { app, team }: { readonly app?: string; readonly team?: string },
): Need | undefined => {
  if (role === 'nobody' || scope === 'self') return undefined
  if (scope === 'cluster') return { role }
  if (scope === 'app' && app !== undefined) return { role, app }
  if (scope === 'team' && team !== undefined) return { role, team }
  throw new Error(`a route of scope ${scope} does not say of which`)
}
