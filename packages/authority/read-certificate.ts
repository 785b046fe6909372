import { X509Certificate } from 'node:crypto'

/** Who a certificate is of and who signed it, as `O=Shop, CN=Partners`. */
export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  /** It may sign others. */
  readonly isAuthority: boolean
}

/** One certificate in PEM; undefined when it is none. Apart from the rest of the room, for it needs nothing of it. */
export const readCertificate = (pem: string): CertificateFacts | undefined => {
  try {
    const { subject, issuer, ca } = new X509Certificate(pem)
    return { subject: onOneLine(subject), issuer: onOneLine(issuer), isAuthority: ca }
  } catch {
    return undefined
  }
}

/** Absent of one that has no name. */
const onOneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ')
