import { z } from 'zod'
import { roles } from '../route.ts'
import { appName, identifier, personName, teamName } from './names.ts'

export const role = z.enum(roles)

/** In one app, in all apps of a team, or without either in the whole cluster. */
export const grantParts = { role, app: appName.exactOptional(), team: teamName.exactOptional() }

interface Place {
  readonly app?: string
  readonly team?: string
}

export const isOnePlace = ({ app, team }: Place): boolean => app === undefined || team === undefined
export const onePlace = 'a role counts in an app or in a team, not in both'

/** Strict: of a place that is not understood the role would be one in the whole cluster. */
export const grant = z.strictObject(grantParts).refine(isOnePlace, onePlace)
export const grants = z.array(grant).max(200)

export const password = z.string().min(12).max(200)
/** What is given at signing in may be anything. */
export const givenPassword = z.string().max(200)
export const totpCode = z.string().regex(/^\d{6}$/)
/** One of ten, each good once in the place of a one-time password. */
const recoveryCode = z.string().max(40)
/** What is given besides a password; one of the two. */
export const secondFactor = { totp: totpCode.exactOptional(), recoveryCode: recoveryCode.exactOptional() }
/** As people are asked for it. */
export const email = z.email().max(200)

export const person = z.object({
  name: personName,
  grants,
  hasTotp: z.boolean(),
  /** Without one they come by OpenID Connect. */
  hasPassword: z.boolean(),
  createdAtMs: z.number(),
  /** Goes into `If-Match` as `"7"`. */
  revision: z.number(),
})

/** Shown once. Sent as `Authorization: Bearer ...`. */
export const session = z.object({ token: z.string(), name: personName, expiresAtMs: z.number() })

export const invitation = z.object({ token: z.string(), expiresAtMs: z.number() })

/** One that was made and not taken yet, without what it is taken with. */
export const openInvitation = z.object({
  id: identifier,
  grants,
  /** Who made it; absent of the first, which comes with the platform. */
  by: z.string().exactOptional(),
  /** Who comes by OpenID Connect with this proven address takes it. */
  email: email.exactOptional(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
})

export const token = z.object({
  id: identifier,
  name: z.string().max(100),
  owner: personName,
  grants,
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
})

export const createdToken = token.extend({ secret: z.string() })

export const auditEntry = z.object({
  sequence: z.number(),
  atMs: z.number(),
  /** `anna`, `anna (token ci)`, or `atoll` for what happens by itself. */
  by: z.string(),
  /** Name of the route, or of what happened by itself. */
  action: z.string(),
  /**
   * `intent`: is about to be done; what follows says how that ended. `done`: was done. `failed`: was refused or failed.
   * Absent in entries of before there were kinds.
   */
  kind: z.enum(['intent', 'done', 'failed']).exactOptional(),
  /** Number of the entry with the intent. */
  of: z.number().exactOptional(),
  /** Of what failed: the code that was answered. */
  code: z.string().exactOptional(),
  /** So many attempts of the same kind, from `atMs` to `untilMs`. */
  times: z.number().exactOptional(),
  untilMs: z.number().exactOptional(),
  /** `shop/production`, a person's name, a token's id. */
  subject: z.string(),
  address: z.string(),
  /** Secrets are masked. */
  before: z.unknown().exactOptional(),
  after: z.unknown().exactOptional(),
  /** SHA-256 of the entry before; empty for the first. */
  previousHash: z.string(),
  hash: z.string(),
})
