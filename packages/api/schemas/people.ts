import { z } from 'zod'
import { roles } from '../route.ts'
import { appName, identifier, personName } from './names.ts'

export const role = z.enum(roles)

/** A role in one app, or without `app` in the whole cluster. */
const grant = z.object({ role, app: appName.exactOptional() })
export const grants = z.array(grant).max(200)

export const password = z.string().min(12).max(200)
/** What is given at signing in may be anything. */
export const givenPassword = z.string().max(200)
export const totpCode = z.string().regex(/^\d{6}$/)

export const person = z.object({
  name: personName,
  grants,
  hasTotp: z.boolean(),
  createdAtMs: z.number(),
  /** Goes into `If-Match` as `"7"`. */
  revision: z.number(),
})

/** Shown once. Sent as `Authorization: Bearer ...`. */
export const session = z.object({ token: z.string(), name: personName, expiresAtMs: z.number() })

export const invitation = z.object({ token: z.string(), expiresAtMs: z.number() })

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
