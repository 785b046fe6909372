import type { Parsed } from '@atoll/api'
import type { Grant } from '../records.ts'

/** Collection names of what is kept for signing in by a provider. */
export const collections = { settings: 'oidc', identity: 'identity', code: 'oidc-code' } as const

/** The one document of its collection. */
export const settingsId = 'settings'

/** Document `oidc`: the provider, with its secret sealed. */
export interface OidcRecord extends Omit<Parsed<'changeOidc', 'body'>, 'clientSecret'> {
  readonly sealedSecret?: unknown
}

/** Document `identity`, id from issuer and subject: whose they are. The person's document names it too. */
export interface IdentityRecord {
  readonly issuer: string
  readonly subject: string
  readonly person: string
}

/** Document `oidc-code`, id is that of its secret: somebody whom the provider has proved, before the session is opened. */
export interface CodeRecord {
  readonly hash: string
  readonly person: string
  readonly personCreatedAtMs: number
  /** What the settings give this session. */
  readonly grants: readonly Grant[]
  /** Whoever knows what this is the SHA-256 of, base64url, began to sign in. */
  readonly challenge: string
  readonly sessionMs: number
  readonly expiresAtMs: number
}
