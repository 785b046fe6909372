import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'

/** Elliptic curve P-256 with SHA-256: what every TLS client of the last ten years speaks, and quick to make. */
export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export interface KeyPair {
  /** PKCS #8. */
  readonly privatePem: string
  /** SubjectPublicKeyInfo. */
  readonly publicPem: string
}

export const createKeyPair = (): KeyPair => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: algorithm.namedCurve,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { privatePem: privateKey, publicPem: publicKey }
}

/** For signing with. Throws when the text is no private key of the curve. */
export const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign'])
}

/** Of a private or a public key. */
export const importPublicKey = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  return webcrypto.subtle.importKey('spki', new Uint8Array(der), algorithm, true, ['verify'])
}
