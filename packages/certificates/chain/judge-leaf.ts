import type { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { CertificateFacts } from '../certificate.ts'

/** Extended key usage of a server of TLS (RFC 5280, 4.2.1.12). */
const serverUse = '1.3.6.1.5.5.7.3.1'

/** What keeps a certificate from answering for hosts. */
export const judgeLeaf = (
  leaf: X509Certificate,
  { names, notBeforeMs, notAfterMs }: CertificateFacts,
  nowMs: number,
): readonly string[] => {
  const problems: string[] = []
  if (leaf.ca) {
    problems.push(
      'the certificate of this key is one of an authority, and not of a server (openssl req makes one with -addext basicConstraints=critical,CA:FALSE)',
    )
  }
  if (names.length === 0)
    problems.push('the certificate names no host (subjectAltName), and browsers look at nothing else')
  // Node gives the extended usages under this name, and undefined where there are none.
  const uses = leaf.keyUsage as readonly string[] | undefined
  if (uses !== undefined && !uses.includes(serverUse)) problems.push('the certificate is not made for servers')
  if (notAfterMs <= nowMs) problems.push(`the certificate has ended on ${renderDay(notAfterMs)}`)
  if (notBeforeMs > nowMs) problems.push(`the certificate begins on ${renderDay(notBeforeMs)} only`)
  return problems
}

export const renderDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const tooWeak: Readonly<Record<string, string>> = {
  ERR_SSL_EE_KEY_TOO_SMALL: 'the key of the certificate is too short: use RSA of 2048 bits, or a curve',
  ERR_SSL_CA_KEY_TOO_SMALL: 'the key of who signed the certificate is too short to be trusted',
  ERR_SSL_CA_MD_TOO_WEAK: 'the certificate is signed in a way (SHA-1 or MD5) that nobody trusts any more',
}

/** What the TLS library refuses, which the ingress is made with too: there one such file would keep all others from being read. */
export const judgeUse = (chainPem: string, keyPem: string): readonly string[] => {
  try {
    createSecureContext({ cert: chainPem, key: keyPem })
    return []
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return [tooWeak[code] ?? `the certificate cannot be used for TLS (${code})`]
  }
}
