import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapModel } from './app/sample-project.ts'
import { hasErrors } from './problem.ts'
import type { ComposeMapping } from './project.ts'
import { findRouteConflicts } from './route-conflicts.ts'
import { compareRoutes, describeRoute, routeId } from './route-order.ts'
import type { Route } from './route.ts'

const routesOf = (...routes: readonly ComposeMapping[]): readonly Route[] => {
  const written = routes.map((route) => ({ ...(route['redirect'] === undefined && { port: 80 }), ...route }))
  const { app, problems } = mapModel({ services: { web: { image: 'x', 'x-atoll': { routes: written } } } })
  expect(hasErrors(problems)).toBe(false)
  return app.routes ?? []
}

const host = 'a.example.org'
/** The most specific first. */
const ordered: readonly ComposeMapping[] = [
  { host, path_exact: '/api/users' },
  { host, path_regex: '/api/[a-z]+' },
  { host, path_regex: '/.*' },
  { host, path: '/api/users', method: ['POST'] },
  { host, path: '/api/users' },
  { host, path: '/api', header: { 'x-a': '1', 'x-b': '1' } },
  { host, path: '/api', header: { 'x-a': '1' }, method: ['GET'] },
  { host, path: '/api', header: { 'x-a': '1' } },
  { host, path: '/api', query: { a: '1' } },
  { host, path: '/api', method: ['GET'] },
  { host, path: '/api', method: ['GET', 'HEAD'] },
  { host },
  { host: 'b.example.org' },
  { host: '*.example.org', path: '/api' },
  { host: '*.example.org' },
  { protocol: 'tcp', listen: 5432 },
  { protocol: 'tls', host: 'z.example.org' },
]

describe('routes', () => {
  test('are in the order of how specific they are, wherever they stand', () => {
    const right = ordered.flatMap((route) => routesOf(route))
    fc.assert(
      fc.property(fc.shuffledSubarray(right, { minLength: right.length }), (shuffled) => {
        expect([...shuffled].sort(compareRoutes).map(describeRoute)).toEqual(right.map(describeRoute))
      }),
    )
    expect(new Set(right.map(routeId)).size).toBe(right.length)
  })

  test('have names that people know', () => {
    expect(routesOf(...ordered).map(describeRoute)).toEqual(
      expect.arrayContaining([
        'tcp port 5432',
        'tls z.example.org on port 443',
        'a.example.org = /api/users',
        'a.example.org ~ /.*',
        'GET|HEAD a.example.org/api',
        'a.example.org/api (header x-a: 1, header x-b: 1)',
        'a.example.org/api (query a=1)',
      ]),
    )
  })
})

describe('conflicts', () => {
  const production = { app: 'shop', environment: 'production', routes: routesOf({ host }) }
  const staging = { app: 'shop', environment: 'staging', routes: routesOf({ host }, { host, path: '/api' }) }
  const blog = { app: 'blog', environment: 'production', routes: routesOf({ protocol: 'tls', host }) }
  const port = { app: 'db', environment: 'production', routes: routesOf({ protocol: 'tcp', listen: 5432 }) }
  const named = {
    app: 'db',
    environment: 'staging',
    routes: routesOf({ protocol: 'tls', host: 'c.example.org', listen: 5432 }),
  }

  test('name both owners, in whatever order they are looked at', () => {
    const message = `${host}/ is a route of web in shop/production and of web in shop/staging`
    expect(findRouteConflicts([production, staging]).map((each) => each.message)).toEqual([message])
    expect(findRouteConflicts([staging, production])).toEqual(findRouteConflicts([production, staging]))
  })

  test('are there when TLS as it is takes the host, and a port as it is takes the port', () => {
    expect(findRouteConflicts([production, blog])).toMatchObject([{ first: { app: 'blog' }, second: { app: 'shop' } }])
    expect(findRouteConflicts([named, port]).map((each) => each.message)).toEqual([
      'tcp port 5432 of web in db/production takes what tls c.example.org on port 5432 of web in db/staging needs',
    ])
  })

  test('are none between routes of one host that differ', () => {
    expect(findRouteConflicts([staging, port, { ...production, routes: routesOf({ host, path: '/b' }) }])).toEqual([])
  })
})
