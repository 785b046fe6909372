import { X509Certificate, createHash } from 'node:crypto'

/** SHA-256 of the certificate (DER), base64url: 43 characters that people can compare and links can carry. */
export const fingerprintOf = (certificatePem: string): string =>
  createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('base64url')
