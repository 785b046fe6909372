import type { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from '../certificate.ts'

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const dnsName = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*$`)

export const describeCertificate = (certificate: X509Certificate): CertificateFacts => ({
  names: namesOf(certificate),
  issuer: issuerOf(certificate),
  fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  notBeforeMs: Date.parse(certificate.validFrom),
  notAfterMs: Date.parse(certificate.validTo),
})

/** DNS names alone: no browser looks at the common name, and routes have no addresses. */
const namesOf = ({ subjectAltName = '' }: X509Certificate): readonly string[] => {
  const names = subjectAltName.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []))
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => dnsName.test(name)).sort()
}

const issuerOf = ({ issuer }: X509Certificate): string => {
  const name = partOf(issuer, 'CN')
  const owner = partOf(issuer, 'O')
  if (name === undefined) return owner ?? 'nobody who says their name'
  return owner === undefined || name.includes(owner) ? name : `${name} (${owner})`
}

/** What a person would call it. */
export const nameOf = (certificate: X509Certificate): string =>
  namesOf(certificate)[0] ?? partOf(certificate.subject, 'CN') ?? 'nobody'

/** Of the lines `CN=R11`; what is not printable is left out, as it goes to terminals. */
const partOf = (lines: string, key: string): string | undefined => {
  const line = lines.split('\n').find((each) => each.startsWith(`${key}=`))
  const text = line?.slice(key.length + 1).replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '')
  return text === undefined || text === '' ? undefined : text.slice(0, 200)
}
