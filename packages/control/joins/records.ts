import type { Reply } from '@atoll/api'

export const collection = 'server-invitation'

/** Document `server-invitation`, id is that of its secret. */
export interface ServerInvitationRecord {
  readonly hash: string
  /** Who made it. */
  readonly by: string
  /** The first three nodes are managers unless said. */
  readonly role?: 'manager' | 'worker'
  readonly zone?: string
  /** Its hostname from then on. */
  readonly name?: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly taken?: Taken
  /** Which control proves it; who does not renew this is gone. */
  readonly carried?: { readonly node: string; readonly untilMs: number }
  readonly end?: JoinEnd
}

/** Of the server that came. */
export interface Taken {
  readonly seatHash: string
  readonly address: string
  readonly atMs: number
  /** Ids of the nodes that were there before: it is none of these. */
  readonly knownIds: readonly string[]
}

export type JoinProgress = Reply<'settleJoin'>
export type JoinEnd = Exclude<JoinProgress, { readonly kind: 'working' }>
