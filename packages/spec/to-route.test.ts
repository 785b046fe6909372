import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapAlone } from './map-alone.ts'
import { toRoute, type RouteFields } from './to-route.ts'

const service = (name: string, more: object = {}) => [name, { image: 'nginx', ...more }] as const
const toText = (routes: readonly object[]): string =>
  JSON.stringify({
    name: 'shop',
    services: Object.fromEntries([
      service('web', routes.length > 0 ? { 'x-atoll': { routes } } : {}),
      service('next'),
      service('job', { 'x-atoll': { run: 'once' } }),
    ]),
  })

const getApp = (routes: readonly object[] = []) => {
  const { app } = mapAlone(toText(routes))
  if (app === undefined) throw new Error('the app of this test cannot be read')
  return app
}

const map = (fields: RouteFields, of = 'web') => toRoute(fields, { app: getApp(), service: of })

const fieldsArbitrary = fc.record(
  {
    host: fc.constantFrom('shop.example.org', '*.example.org', 'SHOP.example.org.'),
    port: fc.constantFrom<unknown>(8080, '8080', 0, 'web'),
    path: fc.constantFrom('/', '/api/', 'api'),
    path_regex: fc.constantFrom('/u/([0-9]+)', '(a+)+'),
    strip: fc.constantFrom<unknown>(true, 'true', 'perhaps'),
    weights: fc.constantFrom<unknown>({ web: 9, next: 1 }, { job: 1 }, { nobody: 1 }),
    rate_limit: fc.constantFrom<unknown>({ requests: 100, per: '1m' }, { requests: '100', per: '1m' }, { per: '1m' }),
    maintenance: fc.string({ maxLength: 20 }).map((page) => ({ page: page.replaceAll('$', '') })),
    redirect: fc.constant({ path: '/new' }),
    ports: fc.constant(80),
  },
  { requiredKeys: [] },
)

describe('a route that stands in no file', () => {
  test('is that of a file which says the same, and wrong for the same reasons', () => {
    fc.assert(
      fc.property(fieldsArbitrary, (fields) => {
        const inFile = mapAlone(toText([fields]))
        const own = map(fields)
        const place = 'services.web.x-atoll.routes[0]'
        expect(own.problems.map(({ key, message, hint }) => [key, message, hint])).toEqual(
          inFile.problems.map(({ key, message, hint }) => [key.replace(place, 'route'), message, hint]),
        )
        expect(own.route).toEqual(own.problems.length === 0 ? inFile.app?.routes?.[0] : undefined)
      }),
    )
  })

  test.each<readonly [RouteFields, string, string]>([
    [{ port: 80 }, 'route', 'says no host'],
    [{ host: 'a.example.org' }, 'route', 'says no port'],
    [{ host: 'a_b', port: 80 }, 'route.host', 'host'],
    [{ host: 'a.example.org', port: 'http' }, 'route.port', 'must be a whole number'],
    [{ host: 'a.example.org', port: 80, pat: '/' }, 'route.pat', 'unknown key pat'],
    [
      { host: 'a.example.org', port: 80, rate_limit: { requests: 0, per: '1m' } },
      'route.rate_limit.requests',
      'from 1',
    ],
    [{ host: 'a.example.org', port: 80, weights: { nobody: 1 } }, 'route.weights.nobody', 'the app has no service'],
  ])('%j is refused at %s', (fields, key, message) => {
    const { route, problems } = map(fields)
    expect(route).toBeUndefined()
    expect(problems).toMatchObject([{ severity: 'error', path: '', key, message: expect.stringContaining(message) }])
  })

  test('leads to no job', () => {
    expect(map({ host: 'a.example.org', port: 80 }, 'job').problems).toMatchObject([
      { key: 'route', message: 'job runs to its end and answers nobody' },
    ])
  })

  test('means what it says by a dollar', () => {
    const hash = `$5$salt$${'a'.repeat(43)}`
    const fields = { host: 'a.example.org', port: 80, basic_auth: { users: { ann: hash } } }
    expect(map({ ...fields, maintenance: { page: 'costs ${PRICE} or $$5' } })).toMatchObject({
      route: { basicAuth: { users: { ann: hash } }, maintenance: { page: 'costs ${PRICE} or $$5' } },
      problems: [],
    })
  })

  test('knows nothing of the routes there are', () => {
    const fields = { host: 'a.example.org', port: 80 }
    expect(toRoute(fields, { app: getApp([fields]), service: 'web' }).problems).toEqual([])
  })
})
