import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapModel } from '../sample-project.ts'
import type { CertificateFacts, ReadCertificate } from './client-certificates.ts'

/** A certificate that says of itself what there is to read. */
const certificate = (facts: Partial<CertificateFacts>): string => {
  const root = { subject: 'CN=root', issuer: 'CN=root', isAuthority: true, ...facts }
  return wrap(Buffer.from(JSON.stringify(root)).toString('base64'))
}

const wrap = (body: string): string => {
  const lines = body.match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const readCertificate: ReadCertificate = (pem) => {
  const text = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').toString()
  return text.startsWith('{') ? (JSON.parse(text) as CertificateFacts) : undefined
}

const map = (authority: string) => {
  const routes = [{ host: 'a.example.org', port: 80, client_certificates: { authority } }]
  const { app, problems } = mapModel({ services: { web: { image: 'x', 'x-atoll': { routes } } } }, { readCertificate })
  const [route] = app.routes ?? []
  return {
    read: route?.kind === 'http' ? route.clientCertificates?.authority : undefined,
    said: problems.map(({ key, message }) => [key.split('.').slice(-2).join('.'), message]),
  }
}

const key = 'client_certificates.authority'
const [root, other] = [certificate({}), certificate({ subject: 'CN=other', issuer: 'CN=other' })]
const below = certificate({ subject: 'CN=below', issuer: 'CN=root' })

test('the same certificates are the same text, however they are written', () => {
  const written = fc.tuple(
    fc.shuffledSubarray([root, other, below], { minLength: 3 }),
    fc.constantFrom('', 'subject=CN = root\n', '\n\n'),
    fc.constantFrom(' ', '\r', ''),
  )
  fc.assert(
    fc.property(written, ([pems, before, end]) => {
      const text = [...pems, root].map((pem) => before + pem.replaceAll('\n', `${end}\n`)).join('')
      expect(map(text)).toEqual({ said: [], read: [root, other, below].toSorted().join('') })
    }),
  )
})

describe('what is wrong is told, and nothing is asked for', () => {
  test.each([
    ['', 'holds no certificate'],
    ['certificate', 'holds no certificate'],
    [root.slice(0, -5), 'holds a certificate that cannot be read'],
    [`${root}${root.slice(0, 40)}`, 'holds a certificate that cannot be read'],
    [root.replace('e', '!'), 'holds a certificate that cannot be read'],
    [wrap('A'), 'holds a certificate that cannot be read'],
    [root.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), 'holds a certificate that cannot be read'],
    [
      root.replaceAll('CERTIFICATE', 'EC PRIVATE KEY'),
      'holds a private key, and everybody who may see the app sees it',
    ],
    [root.repeat(11), 'holds more than 10 certificates or 40000 characters'],
    [root + ' '.repeat(40_000), 'holds more than 10 certificates or 40000 characters'],
    [root + wrap('AAAA'), 'certificate 2 of 2 cannot be read'],
    [certificate({ isAuthority: false }), 'certificate 1 of 1, CN=root, is not that of an authority'],
    [other + below, 'certificate 2 of 2, CN=below, is signed by CN=root, which is not here'],
  ])('%j: %s', (text, message) => {
    expect(map(text)).toEqual({ said: [[key, message]], read: undefined })
  })
})
