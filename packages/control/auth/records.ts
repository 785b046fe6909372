import type { Role } from '@atoll/api'

/** A role in one app, in the apps of a team, or without either in the whole cluster. */
export interface Grant {
  readonly role: Role
  readonly app?: string
  readonly team?: string
}

/** Collection names of what is kept of people. */
export const collections = {
  person: 'person',
  session: 'session',
  token: 'token',
  invitation: 'invitation',
  reset: 'reset',
  team: 'team',
} as const

/** Document `person`, id is the name. */
export interface PersonRecord {
  readonly grants: readonly Grant[]
  /** Absent of who comes by OpenID Connect. */
  readonly password?: PasswordRecord
  /** Id of the document of who it is to a provider of OpenID Connect. */
  readonly identity?: string
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
  /** Of recovery codes that are left, as SHA-256. */
  readonly recoveryHashes?: readonly string[]
}

/** Document `session`, id is that of its secret. */
export interface SessionRecord {
  readonly hash: string
  readonly person: string
  /** Tells a person from a later one of the same name. */
  readonly personCreatedAtMs: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
  /** Besides those of the person: what their provider says of them counts for this session. */
  readonly grants?: readonly Grant[]
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
  /** Who made it. */
  readonly by?: string
  /** Lower case; who comes by OpenID Connect with this proven address takes it. */
  readonly email?: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** Document `reset`, id is that of its secret: its person chooses another password with it. */
export interface ResetRecord {
  readonly hash: string
  readonly person: string
  readonly personCreatedAtMs: number
  readonly expiresAtMs: number
}
