import type { Reply } from '@atoll/api'

type Grants = Reply<'getMe'>['grants']

/** `owner`, `deployer of shop, viewer of wiki`. */
export const renderGrants = (grants: Grants): string =>
  grants.map(({ role, app }) => (app === undefined ? role : `${role} of ${app}`)).join(', ')
