import { expect, test } from 'vitest'
import { render } from '../render.ts'
import { sampleAuthority } from '../testing/golden.ts'
import { environmentOf, sampleSettings } from '../testing/table.ts'
import type { HostCertificate, RoutedEnvironment } from '../table.ts'

const host = 'a.example.org'
const certificates: readonly HostCertificate[] = [{ host, pem: 'a certificate', isPublic: true }]

/** An app with one route that asks for certificates of this authority. */
const asking = (app: string, path: string, authority: string): RoutedEnvironment => {
  const route = { host, path, port: 80, client_certificates: { authority: sampleAuthority } }
  const environment = environmentOf(
    JSON.stringify({ name: app, services: { web: { image: 'x', 'x-atoll': { routes: [route] } } } }),
  )
  const routes = environment.routes.map((each) => ({ ...each, clientCertificates: { authority, isOptional: false } }))
  return { ...environment, routes }
}

const linesOf = (environments: readonly RoutedEnvironment[], pattern: RegExp, https = { port: 443 }) => {
  const { text, files } = render({ environments, certificates }, { ...sampleSettings, https })
  const backends = text.split('\nbackend ').filter((section) => pattern.test(section))
  return { backends: backends.map((section) => section.split('.')[0]), files }
}

test('of two authorities of one host the first is asked for, and nobody can be who the other asks for', () => {
  const [first, second] = [asking('shop', '/long/path', 'one'), asking('rival', '/path', 'other')]
  const { backends, files } = linesOf([first, second], /ssl_c_verify 0/)
  expect(backends).toEqual(['shop'])
  expect(linesOf([second, first], /deny_status 403/).backends).toEqual(['shop', 'rival'])
  const [path = ''] = Object.keys(files).filter((name) => name.startsWith('authorities/') && files[name] === 'one')
  expect(files['lists/certificates.lst']).toBe(`certificates/${host}.pem [ca-file ${path} verify optional] ${host}\n`)
})

test('routes with the same authority share it', () => {
  const { backends, files } = linesOf([asking('shop', '/a', 'one'), asking('rival', '/b', 'one')], /ssl_c_verify 0/)
  expect(new Set(backends)).toEqual(new Set(['rival', 'shop']))
  expect(Object.values(files).filter((text) => text === 'one')).toHaveLength(1)
})
