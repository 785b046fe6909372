import { createAuthority, issueCertificate } from '@atoll/authority'
import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { addPerson, caught, openTestControl } from '../../test-control.ts'
import { callbackOf } from './provider.ts'
import { openTestProvider, testClient } from './test-provider.ts'

const never = new AbortController().signal

it('a provider that no browser knows is trusted by the certificates given for it, and by no others', async () => {
  await using test = await openTestControl(openStage())
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'of the company', nowMs })
  const stranger = await createAuthority({ name: 'of somebody else', nowMs })
  const request = { commonName: 'id', names: [], addresses: ['127.0.0.1'], use: 'server', lifeMs: 60_000 } as const
  const credentials = await issueCertificate({ authority, nowMs, ...request })
  await using provider = await openTestProvider(callbackOf(test.url), {}, { credentials })
  const settings = { issuer: provider.issuer, ...testClient, url: test.url, allowsLoopback: true } as const
  const change = (more: { readonly authorityPem?: string }) =>
    root.call(
      'changeOidc',
      { body: { ...settings, scopes: [], domains: [], mappings: [], ...more }, headers: { 'if-match': '"0"' } },
      never,
    )
  const told = { code: 'oidc-provider', message: expect.stringContaining('certificate') }
  expect(await caught(change({}))).toMatchObject(told)
  expect(await caught(change({ authorityPem: stranger.certificatePem }))).toMatchObject(told)
  expect(await caught(change({ authorityPem: 'a password' }))).toMatchObject({ code: 'oidc-authority' })
  expect(await caught(root.call('getOidcSettings', {}, never))).toMatchObject({ status: 404 })
  const both = `${stranger.certificatePem}${authority.certificatePem}`
  expect(await change({ authorityPem: both })).toMatchObject({ issuer: provider.issuer, revision: 1 })
})
