export { createInvitation } from './auth/invitations.ts'
export type { Invitation, InvitationRequest } from './auth/invitations.ts'
export { verifyAudit } from './audit/chain.ts'
export type { AuditEntry } from './audit/chain.ts'
