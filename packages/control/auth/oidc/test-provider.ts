import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface TestAccount {
  readonly email?: string
  readonly email_verified?: boolean
  readonly preferred_username?: string
  readonly groups?: readonly string[]
}

export const testClient = { clientId: 'atoll', clientSecret: 'a-secret-of-the-test-client' } as const

export interface TestProviderOptions {
  readonly host?: string
  readonly credentials?: { readonly certificatePem: string; readonly keyPem: string }
}

/**
 * A real provider, for one client that comes back to `callback`. Who signs in with a name is that account. On loopback unless
 * said otherwise; by HTTPS when it is given a certificate.
 */
export const openTestProvider = async (
  callback: string,
  accounts: Readonly<Record<string, TestAccount>>,
  { host = '127.0.0.1', credentials }: TestProviderOptions = {},
): Promise<{ readonly issuer: string } & AsyncDisposable> => {
  const server =
    credentials === undefined
      ? createServer()
      : createSecureServer({ cert: credentials.certificatePem, key: credentials.keyPem })
  await once(server.listen(0, host), 'listening')
  const scheme = credentials === undefined ? 'http' : 'https'
  const issuer = `${scheme}://${host}:${(server.address() as AddressInfo).port}`
  const { clientId, clientSecret } = testClient
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [callback],
      },
    ],
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username'],
      groups: ['groups'],
    },
    pkce: { required: () => true },
    cookies: { keys: ['of the test'] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) }),
  })
  const handle = provider.callback()
  server.on('request', (request, response) => void handle(request, response))
  return {
    issuer,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
