import type { Authority } from './create-authority.ts'
import { algorithm, createKeyPair, importPrivateKey, importPublicKey } from './keys.ts'
import { clockSkewMs } from './limits.ts'
import { renderPem, x509 } from './x509.ts'

export interface CertificateRequest {
  readonly authority: Authority
  /** Whom it is for, as a person reads it: `control on node-1`. */
  readonly commonName: string
  /** DNS names it is good for. */
  readonly names: readonly string[]
  /** IPv4 and IPv6 addresses it is good for. */
  readonly addresses: readonly string[]
  readonly use: 'server' | 'client'
  readonly nowMs: number
  readonly lifeMs: number
}

/** A certificate with its key, as `node:tls` takes them. */
export interface Credentials {
  readonly certificatePem: string
  readonly keyPem: string
  /** A new one is needed before. */
  readonly notAfterMs: number
}

const uses = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
} as const

/** Makes a key and signs a certificate for it. Nothing is kept: who restarts asks for another. */
export const issueCertificate = async (request: CertificateRequest): Promise<Credentials> => {
  const { authority, commonName, use, nowMs, lifeMs } = request
  const pair = createKeyPair()
  const [publicKey, signingKey] = await Promise.all([
    importPublicKey(pair.publicPem),
    importPrivateKey(authority.keyPem),
  ])
  const issuer = new x509.X509Certificate(authority.certificatePem)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }],
    issuer: issuer.subjectName,
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + lifeMs),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([uses[use]]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(request)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { certificatePem: renderPem(certificate), keyPem: pair.privatePem, notAfterMs: certificate.notAfter.getTime() }
}

/** Clients compare the address they asked for with these, and never with the common name (RFC 9525). */
const alternativeNames = ({ names, addresses }: CertificateRequest): { type: 'dns' | 'ip'; value: string }[] => [
  ...names.map((value) => ({ type: 'dns' as const, value })),
  ...addresses.map((value) => ({ type: 'ip' as const, value })),
]
