import { roles } from '@atoll/api'
import type { Role } from '@atoll/api'
import type { Grant } from './records.ts'

/** What is needed: a role in an app, or without `app` in the whole cluster. */
export interface Need {
  readonly role: Role
  readonly app?: string
}

const rankOf = (role: Role): number => roles.indexOf(role)

/** A grant for the cluster counts for every app; one for an app counts for nothing else. */
export const isGranted = (grants: readonly Grant[], { role, app }: Need): boolean =>
  grants.some((grant) => rankOf(grant.role) >= rankOf(role) && (grant.app === undefined || grant.app === app))
