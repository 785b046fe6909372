import * as client from 'openid-client'
import { ControlError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { openFetch } from './open-fetch.ts'
import type { OidcRecord } from './records.ts'
import type { Flow } from './seals.ts'

/** What the provider says of somebody, from its signed token and its own answer. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  readonly all: Readonly<Record<string, unknown>>
}

export interface Provider {
  /** Where a browser goes. */
  authorizationUrl(flow: Pick<Flow, 'state' | 'nonce' | 'pkce'>): Promise<string>
  /** `callback`: the address the browser came back to, whole. */
  readClaims(callback: URL, flow: Pick<Flow, 'state' | 'nonce' | 'pkce'>): Promise<Claims>
}

type Settings = Pick<OidcRecord, 'issuer' | 'clientId' | 'url' | 'scopes' | 'authorityPem' | 'allowsLoopback'>

/** Asks the provider for its description. ControlError `oidc-provider` when it does not answer as one; so do the methods. */
export const openProvider = (settings: Settings, clientSecret: string | undefined): Promise<Provider> =>
  telling('ask for its description', async () => {
    const { issuer, clientId } = settings
    const allowsLoopback = settings.allowsLoopback === true
    const ask = await openFetch(settings.authorityPem)
    const guarded: client.CustomFetch = (url, options) => {
      requireSafe(url, allowsLoopback)
      return ask(url, options)
    }
    const authentication = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret)
    requireSafe(issuer, allowsLoopback)
    const found = await client.discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: limits.oidcProviderMs / 1000,
      [client.customFetch]: guarded,
      execute: [client.enableNonRepudiationChecks, ...(allowsLoopback ? [client.allowInsecureRequests] : [])],
    })
    return toProvider(found, settings)
  })

const toProvider = (found: client.Configuration, { url, scopes, allowsLoopback }: Settings): Provider => ({
  authorizationUrl: ({ state, nonce, pkce }) =>
    telling('prepare the way to it', async () => {
      const address = client.buildAuthorizationUrl(found, {
        redirect_uri: callbackOf(url),
        scope: ['openid', 'email', 'profile', ...scopes].join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(pkce),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      requireSafe(address.href, allowsLoopback === true)
      return address.href
    }),
  readClaims: (callback, { state, nonce, pkce }) =>
    telling('take its answer', async () => {
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: pkce, idTokenExpected: true }
      const tokens = await client.authorizationCodeGrant(found, callback, checks)
      const signed = tokens.claims()
      if (signed === undefined) throw new Error('there is no ID token')
      const isAsked = found.serverMetadata().userinfo_endpoint !== undefined
      const more = isAsked ? await client.fetchUserInfo(found, tokens.access_token, signed.sub) : {}
      return { issuer: signed.iss, subject: signed.sub, all: { ...more, ...signed } }
    }),
})

export const callbackOf = (url: string): string => `${new URL(url).origin}/v1/oidc/callback`

/** HTTPS, or where it was allowed this machine itself. */
export const isSafe = (address: string, allowsLoopback: boolean): boolean => {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (allowsLoopback && protocol === 'http:' && loopback.has(hostname))
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

const requireSafe = (address: string, allowsLoopback: boolean): void => {
  if (!isSafe(address, allowsLoopback)) throw new Error(`${new URL(address).origin} is not HTTPS`)
}

/** Errors of the library and of the provider in words that hold no code and no token. */
const telling = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof client.AuthorizationResponseError) throw refused(cause)
    throw new ControlError('oidc-provider', `${doing}: the OpenID Connect provider: ${renderReason(cause)}`, {
      // Not 502: every other control would hear the same.
      status: 422,
      hint: 'does it answer, and are issuer, client id and secret the right ones? "atoll oidc show" tells what is set; a certificate that no browser knows needs "atoll oidc set --authority-file"',
      cause,
    })
  }
}

/** `fetch failed` alone says nothing; what it failed of stands behind it. */
const renderReason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${renderReason(error.cause)}` : error.message
}

const refused = (cause: client.AuthorizationResponseError): ControlError =>
  new ControlError('oidc-refused', `the OpenID Connect provider refused: ${cause.error.slice(0, 100)}`, {
    status: 403,
    hint: 'begin again, and agree there',
    cause,
  })
