import { createApp, createRoute } from '@atoll/plan/fixtures'
import { describeRoute } from '@atoll/spec'
import type { App, Route } from '@atoll/spec'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutRoute, withRoute } from './edit-routes.ts'

const hosts = fc.constantFrom('a.example.org', 'b.example.org', '*.example.org')
const httpRoutes: fc.Arbitrary<Route> = fc
  .tuple(hosts, fc.constantFrom('prefix', 'exact'), fc.constantFrom('/', '/a', '/a/b'), fc.integer({ min: 1, max: 3 }))
  .map(([host, kind, path, requests]) => {
    const route = createRoute('web', host, { rateLimit: { requests, perMs: 1_000 } })
    return { ...route, match: { ...route.match, path: { kind, path } } }
  })

const streamOf = ({ service, targets, balance, timeouts, allow, deny }: Route) => ({
  service,
  targets,
  balance,
  timeouts,
  allow,
  deny,
})
const streams: fc.Arbitrary<Route> = fc
  .tuple(httpRoutes, fc.constantFrom('tcp', 'tls'), hosts, fc.constantFrom(443, 5432))
  .map(([route, kind, host, listen]) =>
    kind === 'tcp' ? { kind, listen, ...streamOf(route) } : { kind: 'tls', host, listen, ...streamOf(route) },
  )
const anyRoute = fc.oneof({ weight: 3, arbitrary: httpRoutes }, { weight: 1, arbitrary: streams })

/** An app that has as many of these as can be beside each other. */
const appWith = (routes: readonly Route[]): App =>
  routes.reduce((app, route) => {
    const added = withRoute(app, route)
    return added.kind === 'added' ? added.app : app
  }, createApp([]))

const apps = fc.array(anyRoute, { maxLength: 8 }).map(appWith)

describe('adding and removing a route', () => {
  test('what was added and removed leaves the app as it was', () => {
    fc.assert(
      fc.property(apps, anyRoute, (app, route) => {
        const added = withRoute(app, route)
        if (added.kind !== 'added') return
        expect(withoutRoute(added.app, route)).toEqual(app)
        expect(withRoute(added.app, route)).toEqual({ kind: 'there' })
      }),
    )
  })

  test('what was removed and added stands where it stood, whatever was added first', () => {
    fc.assert(
      fc.property(
        apps.filter(({ routes = [] }) => routes.length > 0),
        fc.nat(),
        (app, at) => {
          const { routes = [] } = app
          const route = routes[at % routes.length] as Route
          expect(withRoute(withoutRoute(app, route), route)).toEqual({ kind: 'added', app })
          expect(appWith(routes.toReversed())).toEqual(app)
        },
      ),
    )
  })

  test('the last one takes the list with it', () => {
    const route = createRoute('web', 'a.example.org')
    expect(withoutRoute(createApp([], { routes: [route] }), route)).toEqual(createApp([]))
  })

  test('another in its place, or one that cannot be beside it, is told with who has it', () => {
    const route = createRoute('web', 'a.example.org')
    const app = createApp([], { routes: [route] })
    const tls: Route = { kind: 'tls', host: 'a.example.org', listen: 443, ...streamOf(route) }
    expect([
      withRoute(app, { ...route, isCompressed: true }),
      withRoute(app, { ...route, service: 'next' }),
      withRoute(app, tls),
    ]).toEqual([
      { kind: 'taken', message: `${describeRoute(route)} is a route of web already, with other settings` },
      { kind: 'taken', message: `${describeRoute(route)} is a route of web already, with other settings` },
      { kind: 'taken', message: expect.stringMatching(/^tls a\.example\.org on port 443 of web in .* takes what/) },
    ])
  })
})
