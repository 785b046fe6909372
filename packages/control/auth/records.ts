import type { Role } from '@atoll/api'

/** A role in one app, or without `app` in the whole cluster. */
export interface Grant {
  readonly role: Role
  readonly app?: string
}

/** Collection names of what is kept of people. */
export const collections = { person: 'person', session: 'session', token: 'token', invitation: 'invitation' } as const

/** Document `person`, id is the name. */
export interface PersonRecord {
  readonly grants: readonly Grant[]
  readonly password: PasswordRecord
  readonly createdAtMs: number
  readonly totp?: TotpRecord
}

export interface PasswordRecord {
  readonly kind: 'scrypt'
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  readonly saltBase64: string
  readonly hashBase64: string
}

export interface TotpRecord {
  readonly sealed: unknown
  readonly isConfirmed: boolean
  /** The last thirty seconds a code was taken in: it is taken once. */
  readonly lastStep: number
}

/** Document `session`, id is that of its secret. */
export interface SessionRecord {
  readonly hash: string
  readonly person: string
  /** Tells a person from a later one of the same name. */
  readonly personCreatedAtMs: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** Document `token`, id is that of its secret. It may no more than its grants, and no more than its owner. */
export interface TokenRecord extends SessionRecord {
  readonly name: string
  readonly grants: readonly Grant[]
}

/** Document `invitation`, id is that of its secret. */
export interface InvitationRecord {
  readonly hash: string
  readonly grants: readonly Grant[]
  readonly createdAtMs: number
  readonly expiresAtMs: number
}
