import type { Reply } from '@atoll/api'

type Grants = Reply<'getMe'>['grants']

/** `owner`, `deployer of shop, viewer of team web`. */
export const renderGrants = (grants: Grants): string => grants.map(renderGrant).join(', ')

const renderGrant = ({ role, app, team }: Grants[number]): string => {
  if (app !== undefined) return `${role} of ${app}`
  return team === undefined ? role : `${role} of team ${team}`
}
