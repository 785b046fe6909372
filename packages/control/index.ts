export { createInvitation } from './auth/invitations.ts'
export type { Invitation, InvitationRequest } from './auth/invitations.ts'
export { createVerifier } from './audit/chain.ts'
