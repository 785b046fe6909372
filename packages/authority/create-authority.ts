import { algorithm, createKeyPair, importPrivateKey, importPublicKey } from './keys.ts'
import { clockSkewMs, dayMs } from './limits.ts'
import { renderPem, x509 } from './x509.ts'

/** What a cluster's certificates are signed with. */
export interface Authority {
  /** Handed to whoever is to trust the cluster. */
  readonly certificatePem: string
  /** PKCS #8; a Swarm secret that only controls mount. */
  readonly keyPem: string
}

/** Longer than any cluster is likely to live: people have compared its fingerprint, and would have to again. */
const lifeMs = 20 * 365 * dayMs

/** A new authority for a cluster. It signs servers and clients, and no further authorities (RFC 5280, 4.2.1.9). */
export const createAuthority = async ({
  name,
  nowMs,
}: {
  readonly name: string
  readonly nowMs: number
}): Promise<Authority> => {
  const pair = createKeyPair()
  const [privateKey, publicKey] = await Promise.all([
    importPrivateKey(pair.privatePem),
    importPublicKey(pair.publicPem),
  ])
  const { KeyUsageFlags } = x509
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + lifeMs),
    signingAlgorithm: algorithm,
    keys: { privateKey, publicKey },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return { certificatePem: renderPem(certificate), keyPem: pair.privatePem }
}
