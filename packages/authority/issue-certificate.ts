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
  /** `peer`: both, for who asks others and is asked by them. */
  readonly use: 'server' | 'client' | 'peer'
  readonly nowMs: number
  readonly lifeMs: number
}

export interface Certificate {
  readonly certificatePem: string
  /** A new one is needed before. */
  readonly notAfterMs: number
}

/** A certificate with its key, as `node:tls` takes them. */
export interface Credentials extends Certificate {
  readonly keyPem: string
}

const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
const uses = { server: [serverAuth], client: [clientAuth], peer: [serverAuth, clientAuth] } as const

/** Makes a key and signs a certificate for it. Nothing is kept: who restarts asks for another. */
export const issueCertificate = async (request: CertificateRequest): Promise<Credentials> => {
  const pair = createKeyPair()
  const certificate = await signCertificate({ ...request, publicKeyPem: pair.publicPem })
  return { ...certificate, keyPem: pair.privatePem }
}

/**
 * Signs a certificate for somebody else's key, of which only the public half (PEM) is known here. Throws when the text is no
 * public key of the curve P-256.
 */
export const signCertificate = async (
  request: CertificateRequest & { readonly publicKeyPem: string },
): Promise<Certificate> => {
  const { authority, commonName, use, nowMs, lifeMs, publicKeyPem } = request
  const [publicKey, signingKey] = await Promise.all([importPublicKey(publicKeyPem), importPrivateKey(authority.keyPem)])
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
      new x509.ExtendedKeyUsageExtension([...uses[use]]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(request)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { certificatePem: renderPem(certificate), notAfterMs: certificate.notAfter.getTime() }
}

/** Clients compare the address they asked for with these, and never with the common name (RFC 9525). */
const alternativeNames = ({ names, addresses }: CertificateRequest): { type: 'dns' | 'ip'; value: string }[] => [
  ...names.map((value) => ({ type: 'dns' as const, value })),
  ...addresses.map((value) => ({ type: 'ip' as const, value })),
]
