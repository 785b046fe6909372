import type { RouteName } from '@atoll/api'
import { accessHandlers } from './access.ts'
import { agentHandlers } from './agents.ts'
import { allowanceHandlers } from './allowances.ts'
import { appHandlers } from './apps.ts'
import { auditHandlers } from './audit.ts'
import { backupHandlers } from './backups.ts'
import { buildHandlers } from './builds.ts'
import { certificateHandlers } from './certificates.ts'
import { acmeHandlers } from './acme.ts'
import { clusterHandlers } from './cluster.ts'
import { execHandlers } from './exec.ts'
import type { Handlers } from './handler.ts'
import { invitationHandlers } from './invitations.ts'
import { joinHandlers } from './joins.ts'
import { keyHandlers } from './keys.ts'
import { nodeHandlers } from './nodes.ts'
import { oidcSettingsHandlers } from './oidc-settings.ts'
import { oidcHandlers } from './oidc.ts'
import { operationHandlers } from './operations.ts'
import { passwordHandlers } from './passwords.ts'
import { peopleHandlers } from './people.ts'
import { reachHandlers } from './reach.ts'
import { routingHandlers } from './routing.ts'
import { serverInvitationHandlers } from './server-invitations.ts'
import { settingsHandlers } from './settings.ts'
import { teamHandlers } from './teams.ts'
import { storageHandlers } from './storage.ts'
import { tokenHandlers } from './tokens.ts'
import { totpHandlers } from './totp.ts'
import { vipHandlers } from './vips.ts'

/** One for each route of the contract. */
export const handlers: Handlers<RouteName> = {
  ...accessHandlers,
  ...passwordHandlers,
  ...totpHandlers,
  ...peopleHandlers,
  ...invitationHandlers,
  ...teamHandlers,
  ...oidcSettingsHandlers,
  ...oidcHandlers,
  ...tokenHandlers,
  ...clusterHandlers,
  ...nodeHandlers,
  ...serverInvitationHandlers,
  ...joinHandlers,
  ...settingsHandlers,
  ...vipHandlers,
  ...agentHandlers,
  ...appHandlers,
  ...allowanceHandlers,
  ...buildHandlers,
  ...execHandlers,
  ...reachHandlers,
  ...routingHandlers,
  ...operationHandlers,
  ...storageHandlers,
  ...keyHandlers,
  ...backupHandlers,
  ...certificateHandlers,
  ...acmeHandlers,
  ...auditHandlers,
}
