import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, issueCertificate } from '@atoll/authority'
import { openTestProvider, testClient } from '@atoll/control/testing-oidc'
import { expect, test } from 'vitest'
import type { Platform } from './open-platform.ts'

/** A provider of OpenID Connect on this machine, as the nodes see it. Nothing is set in the end. */
export const providerTests = (open: () => Platform): void => {
  test('a provider whose certificate no browser knows is trusted by the authority given for it', async () => {
    const platform = open()
    const { home } = platform
    const { gateway } = platform.lab.lab
    const nowMs = Date.now()
    const authority = await createAuthority({ name: 'of the company', nowMs })
    const request = { commonName: 'id', names: [], addresses: [gateway], use: 'server', lifeMs: 3_600_000 } as const
    const credentials = await issueCertificate({ authority, nowMs, ...request })
    await using provider = await openTestProvider('https://callback.invalid', {}, { host: gateway, credentials })
    const [secret, trusted] = [join(home, 'provider-secret'), join(home, 'provider-authority.pem')]
    writeFileSync(secret, testClient.clientSecret)
    writeFileSync(trusted, authority.certificatePem)
    const { issuer } = provider
    const set = ['oidc', 'set', '--issuer', issuer, '--client-id', testClient.clientId, '--client-secret-file', secret]
    const refused = await platform.atoll(...set)
    expect(refused.status).toBe(1)
    expect(refused.stderr).toMatch(/certificate.*--authority-file/s)
    await platform.good(...set, '--authority-file', trusted)
    expect(JSON.parse(await platform.good('oidc', 'show', '--json'))).toMatchObject({ issuer, hasClientSecret: true })
    await platform.good('oidc', 'rm')
    expect((await platform.atoll('oidc', 'show')).status).toBe(1)
  })
}
