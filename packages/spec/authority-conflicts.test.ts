import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapModel } from './app/sample-project.ts'
import { findAuthorityConflicts } from './authority-conflicts.ts'
import type { ComposeMapping } from './project.ts'
import type { RoutesOfEnvironment } from './route-conflicts.ts'
import type { Route } from './route.ts'

const asking = (body: string): ComposeMapping => ({
  client_certificates: { authority: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n` },
})
const [a, b] = [asking('AAAA'), asking('BBBB')]

/** An app of this name with one route. */
const appOf = (app: string, route: ComposeMapping): RoutesOfEnvironment => {
  const routes = [{ port: 80, ...route }]
  const mapped = mapModel({ services: { web: { image: 'x', 'x-atoll': { routes } } } })
  return { app, environment: 'production', routes: mapped.app.routes ?? [] }
}

const host = 'a.example.org'
const [below, above] = [
  { host, path: '/b', ...b },
  { host: '*.example.org', ...b },
]

describe('two authorities at one host', () => {
  test('name both owners, in whatever order they are looked at', () => {
    const [shop, partners] = [appOf('shop', { host, ...a }), appOf('partners', below)]
    expect(findAuthorityConflicts([shop, partners]).map(({ message }) => message)).toEqual([
      `${host}/ of web in shop/production asks for certificates of another authority than ${host}/b of web in partners/production`,
    ])
    expect(findAuthorityConflicts([partners, shop])).toEqual(findAuthorityConflicts([shop, partners]))
  })

  test('are there when one is that of a wildcard, which answers where the host does not', () => {
    expect(findAuthorityConflicts([appOf('shop', { host, ...a }), appOf('all', above)])).toHaveLength(1)
  })

  test.each([
    ['of the same authority', { host, path: '/b', ...a }],
    ['of which one asks for nothing', { host, path: '/b' }],
    ['of different hosts', { host: 'b.example.org', ...b }],
    ['of a host and one below it', { host: `b.${host}`, ...b }],
  ])('are not there in two routes %s', (_of, route) => {
    expect(findAuthorityConflicts([appOf('shop', { host, ...a }), appOf('other', route)])).toEqual([])
  })
})

test('without what is told as the second, every host and its wildcard ask for one authority', () => {
  const routes = fc.record({
    host: fc.constantFrom(host, 'b.example.org', '*.example.org', 'example.org'),
    path: fc.constantFrom('/', '/x', '/y'),
    asks: fc.constantFrom(a, b, {}),
  })
  fc.assert(
    fc.property(fc.array(routes, { maxLength: 8 }), (written) => {
      const apps = written.map(({ asks, ...route }, index) => appOf(`app${index}`, { ...route, ...asks }))
      const told = new Set(findAuthorityConflicts(apps).map(({ second }) => second.app))
      const left = apps.filter(({ app }) => !told.has(app)).flatMap((each) => each.routes)
      expect(left.flatMap((first) => left.filter((second) => differ(first, second)))).toEqual([])
    }),
  )
})

/** Both ask where the one, or the wildcard above it, answers, and not for the same. */
const differ = (first: Route, second: Route): boolean => {
  if (first.kind !== 'http' || second.kind !== 'http') return false
  const [one, other] = [first.clientCertificates?.authority, second.clientCertificates?.authority]
  const isNear = [second.match.host, second.match.host.replace(/^[^.]*/, '*')].includes(first.match.host)
  return isNear && one !== undefined && other !== undefined && one !== other
}
