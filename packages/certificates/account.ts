import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'

/** A key for an account with an authority: elliptic curve P-256, PEM as lego reads it (SEC 1). */
export const createAccountKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

/**
 * What every challenge of the account ends in (RFC 7638; RFC 8555, 8.1): SHA-256 of the public key as JSON with its required
 * members in the order of the alphabet, base64url. With it alone any node answers any challenge.
 */
export const thumbprintOf = (accountKeyPem: string): string => {
  const { crv, kty, x, y } = createPublicKey(createPrivateKey(accountKeyPem)).export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}
