// The library finds its parts by decorators and needs this first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { createAuthority, issueCertificate, type CertificateRequest } from '@atoll/authority'
import * as x509 from '@peculiar/x509'
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

/** For tests: as `issueFor`, of a name alone and with a key of RSA. */
export const issueRsa = async (host: string): Promise<HostCertificate> => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const bits = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  const keys = await webcrypto.subtle.generateKey({ ...algorithm, ...bits }, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [host] }],
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  })
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { host, pem: `${certificate.toString('pem')}\n${key}\n`, isPublic: true }
}

/** For tests: who signs certificates of clients, and what they show. */
export const createClients = async (name: string) => {
  const authority = await createAuthority({ name, nowMs: Date.now() })
  return {
    authority: authority.certificatePem,
    issue: async (
      commonName: string,
      { use = 'client', nowMs = Date.now() }: Partial<Pick<CertificateRequest, 'use' | 'nowMs'>> = {},
    ) => {
      const request = { authority, commonName, names: [], addresses: [], use, nowMs, lifeMs: 3_600_000 }
      const { certificatePem, keyPem } = await issueCertificate(request)
      return { cert: certificatePem, key: keyPem }
    },
  }
}
