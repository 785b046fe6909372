import { z } from 'zod'
import type { Route } from '../route.ts'
import { grant, session } from '../schemas/people.ts'

const address = z.url().max(1000)
const text = z.string().min(1).max(300)

const settings = {
  /** Of the provider; its description is at `/.well-known/openid-configuration` behind it. */
  issuer: address,
  clientId: text,
  /** Where browsers reach this cluster: `https://atoll.example.org:8443`. The provider sends them to `/v1/oidc/callback` there. */
  url: address,
  /** Asked for besides `openid email profile`. */
  scopes: z.array(text).max(20),
  /** Who has no proven address of one of these stays out; everybody may try when there is none. */
  domains: z.array(z.string().min(1).max(200)).max(100),
  /** Who has this value of this claim has this role, as long as the session lasts. */
  mappings: z.array(z.strictObject({ claim: text, value: text, grant })).max(200),
  /** Twelve hours unless said. */
  sessionS: z.int().min(300).max(604_800).exactOptional(),
  /** Certificates (PEM) of who vouches for the provider, when it is nobody whom browsers know; the only ones trusted then. */
  authorityPem: z.string().min(1).max(50_000).exactOptional(),
  /** For tests: issuer and `url` may be plain HTTP on this machine, and nowhere else. */
  allowsLoopback: z.literal(true).exactOptional(),
}

const held = z.object({ ...settings, hasClientSecret: z.boolean(), revision: z.number() })

/** Signing in by a provider of OpenID Connect. */
export const oidcRoutes = {
  getOidc: {
    method: 'GET',
    path: '/v1/oidc',
    summary: 'By which provider people sign in, and where they begin',
    role: 'nobody',
    scope: 'self',
    reply: z.object({ issuer: address, url: address }),
    kind: 'json',
    status: 200,
  },
  getOidcSettings: {
    method: 'GET',
    path: '/v1/oidc/settings',
    summary: 'The provider and who comes in by it, without its secret',
    role: 'owner',
    scope: 'cluster',
    reply: held,
    kind: 'json',
    status: 200,
  },
  changeOidc: {
    method: 'PUT',
    path: '/v1/oidc/settings',
    summary: 'Sign in by this provider from now on; it is asked whether it answers. Sessions by the one before end',
    role: 'owner',
    scope: 'cluster',
    headers: { 'if-match': 'revision of the settings that were looked at, "0" where there are none' },
    body: z.strictObject({
      ...settings,
      /** The one there is stays when none is given. */
      clientSecret: z.string().min(1).max(1000).exactOptional(),
    }),
    reply: held,
    kind: 'json',
    status: 200,
  },
  removeOidc: {
    method: 'DELETE',
    path: '/v1/oidc/settings',
    summary: 'Nobody signs in by the provider any more; sessions by it end',
    role: 'owner',
    scope: 'cluster',
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  startOidc: {
    method: 'GET',
    path: '/v1/oidc/start',
    summary: 'Sends a browser to the provider, for a program that waits for it',
    role: 'nobody',
    scope: 'self',
    query: z.object({
      /** SHA-256 of what `redeemOidc` is given as verifier, base64url. */
      challenge: z.string().regex(/^[\w-]{43}$/),
      /** Where the program listens on the machine of the browser; else the browser shows a code. */
      port: z.coerce.number<number>().int().min(1024).max(65_535).exactOptional(),
      /** Given back to that port as it is. */
      state: z
        .string()
        .regex(/^[\w-]{16,100}$/)
        .exactOptional(),
    }),
    reply: z.undefined(),
    kind: 'page',
    status: 302,
  },
  finishOidc: {
    method: 'GET',
    path: '/v1/oidc/callback',
    summary: 'Where the provider sends the browser back to',
    role: 'nobody',
    scope: 'self',
    /** What else the provider sends is handed on as it stands in the address. */
    query: z.looseObject({ state: z.string().max(1000).exactOptional() }),
    reply: z.undefined(),
    kind: 'page',
    status: 302,
  },
  redeemOidc: {
    method: 'POST',
    path: '/v1/oidc/sessions',
    summary: 'Sign in with the code that the browser came back with, once, within two minutes',
    role: 'nobody',
    scope: 'self',
    body: z.strictObject({ code: z.string().max(200), verifier: z.string().min(32).max(200) }),
    reply: session,
    kind: 'json',
    status: 201,
  },
} as const satisfies Readonly<Record<string, Route>>
