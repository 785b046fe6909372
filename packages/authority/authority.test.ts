import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createAuthority, fingerprintOf, issueCertificate, signCertificate } from './index.ts'
import type { Authority, CertificateRequest, Credentials } from './index.ts'

const nowMs = Date.now()
const authority = await createAuthority({ name: 'Atoll cluster', nowMs })
const other = await createAuthority({ name: 'Atoll cluster', nowMs })

const issue = (change: Partial<CertificateRequest> = {}): Promise<Credentials> =>
  issueCertificate({
    authority,
    commonName: 'control on node-1',
    names: ['node-1', 'localhost'],
    addresses: ['127.0.0.1', '::1'],
    use: 'server',
    nowMs,
    lifeMs: 86_400_000,
    ...change,
  })

/** What a TLS client says of a server with these credentials, asked for by this name. */
const shakeHands = async (
  { certificatePem, keyPem }: Credentials,
  { trusted, servername }: { readonly trusted: Authority; readonly servername: string },
): Promise<string> => {
  const server = createServer({ cert: certificatePem, key: keyPem }, (socket) => socket.on('error', () => {}).end())
  server.on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const socket = connect({ host: '127.0.0.1', port, ca: trusted.certificatePem, servername })
    await once(socket, 'secureConnect')
    socket.destroy()
    return 'trusted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    server.close()
  }
}

describe('a certificate', () => {
  test('is trusted by who trusts its authority, under its names', async () => {
    const credentials = await issue()
    expect(await shakeHands(credentials, { trusted: authority, servername: 'localhost' })).toBe('trusted')
    expect(await shakeHands(credentials, { trusted: authority, servername: 'elsewhere' })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
  })

  test('is not trusted by who trusts another authority of the same name', async () => {
    expect(await shakeHands(await issue(), { trusted: other, servername: 'localhost' })).toMatch(
      /UNABLE_TO_VERIFY|CERT_SIGNATURE_FAILURE|SELF_SIGNED/,
    )
  })

  test('of a client is none of a server', async () => {
    const credentials = await issue({ use: 'client' })
    expect(await shakeHands(credentials, { trusted: authority, servername: 'localhost' })).toBe('INVALID_PURPOSE')
  })

  test('for a key of somebody else serves as both, and for no key that is none', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const request = { authority, commonName: 'agent', names: ['n1.agent.atoll'], addresses: [], nowMs, lifeMs: 60_000 }
    const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const { certificatePem } = await signCertificate({ ...request, use: 'peer', publicKeyPem })
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const trusted = { trusted: authority, servername: 'n1.agent.atoll' }
    expect(await shakeHands({ certificatePem, keyPem, notAfterMs: 0 }, trusted)).toBe('trusted')
    const keyUsage = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
    expect(new X509Certificate(certificatePem).keyUsage).toEqual(keyUsage)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
    await expect(signCertificate({ ...request, use: 'peer', publicKeyPem: rsa.toString() })).rejects.toThrow(/./)
    await expect(signCertificate({ ...request, use: 'peer', publicKeyPem: 'x' })).rejects.toThrow(/./)
  })

  test('ends when it says, and holds its addresses', async () => {
    const { certificatePem, notAfterMs } = await issue({ lifeMs: 3_600_000 })
    const certificate = new X509Certificate(certificatePem)
    expect(Math.abs(notAfterMs - (nowMs + 3_600_000))).toBeLessThan(1_000)
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate.checkIP('::1')).toBeDefined()
    expect(certificate.checkIP('10.0.0.1')).toBeUndefined()
    expect(certificate.ca).toBe(false)
    expect(certificatePem.endsWith('-----END CERTIFICATE-----\n')).toBe(true)
    expect(await shakeHands(await issue({ lifeMs: -60_000 }), { trusted: authority, servername: 'localhost' })).toBe(
      'CERT_HAS_EXPIRED',
    )
  })
})

test('an authority signs itself, and its fingerprint tells it from another', () => {
  const certificate = new X509Certificate(authority.certificatePem)
  expect(certificate.ca).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(fingerprintOf(authority.certificatePem)).toMatch(/^[\w-]{43}$/)
  expect(fingerprintOf(authority.certificatePem)).not.toBe(fingerprintOf(other.certificatePem))
})
