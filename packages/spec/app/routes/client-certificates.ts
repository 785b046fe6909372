import type { ClientCertificates } from '../../route.ts'
import { at, flagOf, isIdle, refuse, textOf, type Source } from '../source.ts'

/** What has to be known of a certificate to let it sign others. */
export interface CertificateFacts {
  /** As people read it: `O=Shop, CN=Partners`. */
  readonly subject: string
  readonly issuer: string
  /** It may sign others. */
  readonly isAuthority: boolean
}

/** Reads one certificate in PEM; undefined when it is none. */
export type ReadCertificate = (pem: string) => CertificateFacts | undefined

export interface CertificateReader {
  /** Without it every certificate counts as one of an authority. */
  readonly readCertificate?: ReadCertificate
}

/** All of them are sent to whoever is asked, in one message of TLS. */
const MAX_CERTIFICATES = 10
const MAX_CHARACTERS = 40_000

/** HttpRoute.clientCertificates; `source` is that of the route. */
export const clientCertificatesOf = (source: Source, reader: CertificateReader): ClientCertificates | undefined => {
  const place = at(source, 'client_certificates')
  if (place.value === undefined) return undefined
  const https = at(source, 'https')
  if (textOf(https) === 'optional') {
    refuse(https, 'nobody shows a certificate without TLS', 'remove it: without TLS such a route is never answered')
  }
  const authority = authorityOf(at(place, 'authority'), reader)
  return authority === undefined ? undefined : { authority, isOptional: flagOf(at(place, 'optional')) ?? false }
}

const authorityOf = (source: Source, { readCertificate }: CertificateReader): string | undefined => {
  const text = textOf(source) ?? ''
  const pems = certificatesOf(source, text)
  if (pems === undefined) return undefined
  const read = pems.map((pem) => readCertificate?.(pem))
  const fault = readCertificate === undefined ? undefined : findFault(read)
  return fault === undefined ? [...new Set(pems)].sort().join('') : refuse(source, fault.message, fault.hint)
}

/** In the one form that has the same text for the same certificate; undefined when something is wrong, which is reported. */
const certificatesOf = (source: Source, text: string): readonly string[] | undefined => {
  if (/PRIVATE KEY-----/.test(text)) {
    return refuse(
      source,
      'holds a private key, and everybody who may see the app sees it',
      'give the certificate alone',
    )
  }
  const begun = text.match(/-----BEGIN /g)?.length ?? 0
  if (isIdle(source) || begun === 0) {
    return refuse(source, 'holds no certificate', 'write the PEM, which begins with -----BEGIN CERTIFICATE-----')
  }
  if (begun > MAX_CERTIFICATES || text.length > MAX_CHARACTERS) {
    const limit = `${MAX_CERTIFICATES} certificates or ${MAX_CHARACTERS} characters`
    return refuse(source, `holds more than ${limit}`, 'name only those that sign who may ask')
  }
  const bodies = Array.from(text.matchAll(BLOCK), ([, body = '']) => body.replaceAll(/\s/g, ''))
  if (bodies.length === begun && bodies.every((body) => BASE64.test(body))) return bodies.map(renderPem)
  return refuse(source, 'holds a certificate that cannot be read', 'give it as it was, in PEM and whole')
}

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/

const renderPem = (body: string): string => {
  const lines = body.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

interface Fault {
  readonly message: string
  readonly hint: string
}

/** A chain ends at one that signs itself: HAProxy trusts no other. */
const findFault = (read: readonly (CertificateFacts | undefined)[]): Fault | undefined => {
  const subjects = new Set(read.map((each) => each?.subject))
  for (const [index, each] of read.entries()) {
    const which = `certificate ${index + 1} of ${read.length}`
    if (each === undefined) {
      return { message: `${which} cannot be read`, hint: 'give it as it was: it was changed, or cut off' }
    }
    const { subject, issuer, isAuthority } = each
    if (!isAuthority) {
      const hint = 'give the certificate of who signs, not of who asks'
      return { message: `${which}, ${subject}, is not that of an authority`, hint }
    }
    if (!subjects.has(issuer)) {
      return { message: `${which}, ${subject}, is signed by ${issuer}, which is not here`, hint: 'add that one too' }
    }
  }
  return undefined
}
