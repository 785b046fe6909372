import type { Document, Documents } from '@atoll/store'
import { toGrant } from './grants.ts'
import { collections } from './records.ts'
import type { Grant, InvitationRecord } from './records.ts'
import { createSecret } from './secrets.ts'

export interface InvitationRequest extends Grant {
  /** Who makes it. */
  readonly by?: string
  /** Lower case; of who comes by OpenID Connect and needs no token. */
  readonly email?: string
  readonly nowMs: number
  readonly ttlMs: number
}

/** A token that somebody becomes a person with, once, and the document that has to be written for it. */
export interface Invitation {
  readonly token: string
  readonly document: { readonly collection: string; readonly id: string; readonly value: InvitationRecord }
}

/** Pure but for chance; the first owner comes from one that is written when the platform is installed. */
export const createInvitation = ({ nowMs, ttlMs, by, email, ...grant }: InvitationRequest): Invitation => {
  const { secret, id, hash } = createSecret('invitation')
  const value: InvitationRecord = {
    hash,
    grants: [toGrant(grant)],
    ...(by === undefined ? {} : { by }),
    ...(email === undefined ? {} : { email }),
    createdAtMs: nowMs,
    expiresAtMs: nowMs + ttlMs,
  }
  return { token: secret, document: { collection: collections.invitation, id, value } }
}

/** Spends it by compare-and-set, so that of two at once one comes second. */
export const claimInvitation = async (
  { documents }: { readonly documents: Documents },
  { id, revision, value }: Pick<Document<InvitationRecord>, 'id' | 'revision' | 'value'>,
  signal: AbortSignal,
): Promise<void> => {
  const spent: InvitationRecord = { ...value, expiresAtMs: 0 }
  await documents.put(collections.invitation, id, { expected: revision, value: spent }, signal)
}
