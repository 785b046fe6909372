import type { Role } from '@atoll/api'
import { collections } from './records.ts'
import type { InvitationRecord } from './records.ts'
import { createSecret } from './secrets.ts'

export interface InvitationRequest {
  readonly role: Role
  readonly app?: string
  readonly nowMs: number
  readonly ttlMs: number
}

/** A token that somebody becomes a person with, once, and the document that has to be written for it. */
export interface Invitation {
  readonly token: string
  readonly document: { readonly collection: string; readonly id: string; readonly value: InvitationRecord }
}

/** Pure but for chance; the first owner comes from one that is written when the platform is installed. */
export const createInvitation = ({ role, app, nowMs, ttlMs }: InvitationRequest): Invitation => {
  const { secret, id, hash } = createSecret('invitation')
  const grants = [{ role, ...(app === undefined ? {} : { app }) }]
  const value: InvitationRecord = { hash, grants, createdAtMs: nowMs, expiresAtMs: nowMs + ttlMs }
  return { token: secret, document: { collection: collections.invitation, id, value } }
}
