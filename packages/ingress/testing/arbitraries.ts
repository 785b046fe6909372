import { findRouteConflicts, type Route } from '@atoll/spec'
import * as fc from 'fast-check'
import type { RoutedEnvironment } from '../table.ts'
import { sampleAuthority } from './golden.ts'
import { endpointsAt, environmentOf } from './table.ts'

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const maybe = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary }) as fc.Arbitrary<Partial<T>>

const hosts = some('a.example.org', 'b.example.org', '*.example.org', 'example.org')
const segments = some('a', 'b', 'a.b', '%20', "it's")
const paths = fc.array(segments, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const texts = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => `${text.trim()}.`)
const addresses = some(['10.0.0.0/8'], ['192.0.2.1', '2001:db8::/32'])

/** What a request has to be. */
export const matches = fc
  .tuple(
    fc.record({ host: hosts }),
    fc.oneof(
      paths.map((path) => ({ path })),
      paths.map((path) => ({ path_exact: path })),
      paths.map((path) => ({ path_exact: path.endsWith('/') ? path : `${path}/` })),
      some('/a/.*', '/[ab]', '/(a|b)/?').map((pattern) => ({ path_regex: pattern })),
    ),
    maybe(some(['GET'], ['POST'], ['GET', 'POST']).map((method) => ({ method }))),
    maybe(some('1', '*', '\' "').map((value) => ({ header: { 'X-A': value } }))),
    maybe(some('1', '*', '% $').map((value) => ({ query: { q: value } }))),
  )
  .map((parts) => Object.assign({}, ...parts) as Readonly<Record<string, unknown>>)

const headerChanges = fc.record({ set: fc.record({ 'X-Set': texts }), remove: fc.constant(['X-Gone']) })

/** What is done with it. */
const features = fc.record(
  {
    https: some('required', 'optional'),
    request_headers: headerChanges,
    response_headers: headerChanges,
    timeouts: some({ response: '5s' }, { connect: '1s', idle: '2h' }),
    max_body: some('1k', '0'),
    retries: some({ attempts: 0 }, { on: ['503', 'empty-response'] }, { on: [] }),
    rate_limit: fc.constant({ requests: 10, per: '10s' }),
    basic_auth: texts.map((realm) => ({ realm, users: { ann: `$5$salt$${'a'.repeat(43)}` } })),
    forward_auth: some(
      { service: 'next', port: 9000 },
      {
        service: 'web',
        port: 1,
        path: "/it's?a=%20",
        request_headers: [],
        response_headers: ['X-A', 'b_c'],
        timeout: '1s',
      },
    ),
    mirror: some({ service: 'mirror', port: 9000 }, { service: 'mirror', port: 1, part: '0.5%' }),
    allow: addresses,
    deny: addresses,
    client_certificates: some({ authority: sampleAuthority }, { authority: sampleAuthority, optional: true }),
    cors: some({ origins: ['*'] }, { origins: ['https://a.example.org'], credentials: true, expose: ['X-A'] }),
    compression: fc.boolean(),
    forwarded: fc.boolean(),
    sticky: some('cookie', 'address'),
    balance: some('round-robin', 'least-connections'),
    protocol: some('http', 'h2c'),
    weights: some({ web: 1, next: 3 }, { next: 1 }),
    maintenance: texts.map((page) => ({ page: `<p>${page}`, retry_after: '10s', except: ['10.0.0.1'] })),
    error_pages: texts.map((page) => ({ '503': `<p>${page}`, '404': page })),
  },
  { requiredKeys: [] },
)

const httpRoutes = fc
  .tuple(matches, features, fc.oneof(fc.constant({}), some({ strip: true }, { rewrite: "/it's %" })))
  .map(([match, feature, change]) => ({
    port: 8080,
    ...match,
    ...feature,
    ...(feature.client_certificates === undefined ? {} : { https: 'required' }),
    ...('path_regex' in match ? {} : 'rewrite' in change ? { rewrite: "/it's%20" } : change),
  }))

const otherRoutes = fc.oneof(
  fc.record({ host: hosts, path_exact: paths, redirect: fc.constant({ host: 'new.example.org', path: '/x' }) }),
  fc.record({ protocol: fc.constant('tcp'), listen: some(5000, 5001), port: fc.constant(80), deny: addresses }),
  fc.record({ protocol: fc.constant('tls'), host: hosts, listen: some(443, 993, 5000), port: fc.constant(80) }),
)

/** An environment as a compose file of these routes says it. */
export const environmentOfRoutes = (app: string, routes: readonly object[]): RoutedEnvironment => {
  const web = { image: 'shop', 'x-atoll': { routes } }
  const text = JSON.stringify({ name: app, services: { web, next: { image: 'shop' }, mirror: { image: 'shop' } } })
  const endpoints = {
    web: endpointsAt('10.0.0.1', '10.0.0.2'),
    next: endpointsAt('10.0.0.3'),
    mirror: endpointsAt('10.0.0.4'),
  }
  return environmentOf(text.replaceAll('$', '$$$$'), { endpoints })
}

export const withoutConflicts = (written: readonly object[]): readonly object[] => {
  const kept: object[] = []
  const routes: Route[] = []
  for (const each of written) {
    const own = environmentOfRoutes('shop', [each]).routes
    if (findRouteConflicts([{ app: '', environment: '', routes: [...routes, ...own] }]).length > 0) continue
    kept.push(each)
    routes.push(...own)
  }
  return kept
}

/** Routes as compose files write them, none of which is in conflict with another. */
export const writtenRoutes = fc
  .array(fc.oneof({ weight: 5, arbitrary: httpRoutes }, { weight: 1, arbitrary: otherRoutes }), { maxLength: 12 })
  .map(withoutConflicts)
