// The library finds its parts by decorators and needs this first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** A certificate signed by one that a root has signed, as public authorities have it. PEM, each with a line break at the end. */
export interface MadeChain {
  readonly leafPem: string
  readonly signerPem: string
  readonly rootPem: string
  readonly keyPem: string
  readonly signerKeyPem: string
}

interface Wanted {
  readonly names: readonly string[]
  readonly nowMs: number
  readonly lifeMs?: number
  /** Of an RSA key of the leaf; a curve where it is not said. */
  readonly bits?: number
}

const dayMs = 86_400_000
const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** For tests: the leaf lasts thirty days, who signed it a year. */
export const makeChain = async ({ names, nowMs, lifeMs = 30 * dayMs, bits }: Wanted): Promise<MadeChain> => {
  const [root, signer] = [await makeKeys(curve), await makeKeys(curve)]
  const own = await makeKeys(
    bits === undefined
      ? curve
      : { name: 'RSASSA-PKCS1-v1_5', modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  )
  const isAuthority = new x509.BasicConstraintsExtension(true, undefined, true)
  const common = {
    notBefore: new Date(nowMs - 3_600_000),
    notAfter: new Date(nowMs + 365 * dayMs),
    signingAlgorithm: curve,
    extensions: [isAuthority],
  }
  const rootCertificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    keys: root,
    name: 'CN=Root of tests',
  })
  const signerCertificate = await x509.X509CertificateGenerator.create({
    ...common,
    publicKey: signer.publicKey,
    signingKey: root.privateKey,
    subject: 'CN=Signer of tests',
    issuer: rootCertificate.subject,
  })
  const leaf = await x509.X509CertificateGenerator.create({
    ...common,
    notAfter: new Date(nowMs + lifeMs),
    publicKey: own.publicKey,
    signingKey: signer.privateKey,
    issuer: signerCertificate.subject,
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
  })
  return {
    leafPem: render(leaf),
    signerPem: render(signerCertificate),
    rootPem: render(rootCertificate),
    keyPem: await exportKey(own.privateKey),
    signerKeyPem: await exportKey(signer.privateKey),
  }
}

type KeyAlgorithm = webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams

const makeKeys = (algorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`

const render = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`
