import { createAuthority, issueCertificate } from '@atoll/authority'
import type { HostCertificate } from '../table.ts'

/** For tests: one certificate for some names, as if everybody trusted it, and the authority that signed it. */
export const issueFor = async (
  names: readonly string[],
): Promise<{ readonly authority: string; readonly certificates: readonly HostCertificate[] }> => {
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'Atoll test', nowMs })
  const { certificatePem, keyPem } = await issueCertificate({
    authority,
    commonName: names[0] ?? 'test',
    names,
    addresses: [],
    use: 'server',
    nowMs,
    lifeMs: 3_600_000,
  })
  const pem = `${certificatePem}${keyPem}`
  return { authority: authority.certificatePem, certificates: names.map((host) => ({ host, pem, isPublic: true })) }
}
