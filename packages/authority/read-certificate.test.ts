import { expect, test } from 'vitest'
import { createAuthority } from './create-authority.ts'
import { issueCertificate } from './issue-certificate.ts'
import { readCertificate } from './read-certificate.ts'

test('who a certificate is of, who signed it, and whether it may sign', async () => {
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'Partners', nowMs })
  const subject = readCertificate(authority.certificatePem)?.subject
  expect(subject).toContain('CN=')
  expect(readCertificate(authority.certificatePem)).toEqual({ subject, issuer: subject, isAuthority: true })
  const request = { commonName: 'ann', names: [], addresses: [], use: 'client', nowMs, lifeMs: 60_000 } as const
  const { certificatePem } = await issueCertificate({ authority, ...request })
  expect(readCertificate(certificatePem)).toEqual({ subject: 'CN=ann', issuer: subject, isAuthority: false })
})

test.each(['', 'certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
  '%j is none',
  (text) => {
    expect(readCertificate(text)).toBeUndefined()
  },
)
