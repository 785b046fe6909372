import { compareRoutes, type HttpRoute } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { placesOf, type Place } from './choices.ts'
import { environmentOfRoutes, writtenRoutes } from './testing/arbitraries.ts'

interface Asked {
  readonly host: string
  readonly path: string
  readonly method: string
  readonly header: string
}

const fits = ({ match }: HttpRoute, { path, method, header }: Asked): boolean => {
  const isPath =
    match.path.kind === 'regex'
      ? new RegExp(`^(?:${match.path.pattern})$`).test(path)
      : match.path.kind === 'exact'
        ? path === match.path.path
        : `${path}/`.startsWith(match.path.path === '/' ? '/' : `${match.path.path}/`)
  const isMethod = match.methods.length === 0 || match.methods.includes(method)
  const wanted = match.headers['x-a']
  const isHeader = wanted === undefined || (header !== '' && (wanted === '*' || wanted === header))
  return isPath && isMethod && isHeader && Object.keys(match.query).length === 0
}

const isHost = (host: string, asked: string): boolean =>
  host === asked || (host.startsWith('*') && asked.replace(/^[^.]*/, '*') === host)

/** What anybody would do who has time: look at every route, the most specific first. */
const findSlowly = (routes: readonly HttpRoute[], asked: Asked): HttpRoute | undefined =>
  routes.find((route) => isHost(route.match.host, asked.host) && fits(route, asked))

/** What the configuration does: one place by host and path, then what stands there. */
const findByPlace = (places: readonly Place[], asked: Asked): HttpRoute | undefined => {
  for (const host of [asked.host, asked.host.replace(/^[^.]*/, '*')]) {
    const own = places.filter((place) => place.host === host)
    const prefixes = own.filter(
      ({ kind, path }) => kind === 'prefix' && `${asked.path}/`.startsWith(path === '/' ? path : `${path}/`),
    )
    const nearest = prefixes.toSorted((a, b) => b.path.length - a.path.length)[0]
    const found = own.find(({ kind, path }) => kind === 'exact' && path === asked.path) ?? nearest
    if (found !== undefined) return found.routes.find((route) => fits(route, asked))
  }
  return undefined
}

test('one look-up by host and path finds the route that looking at all of them would', () => {
  const asked = fc.record({
    host: fc.constantFrom('a.example.org', 'b.example.org', 'c.example.org', 'example.org'),
    path: fc.array(fc.constantFrom('a', 'b', 'a.b', 'c', ''), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    header: fc.constantFrom('', '1', '2'),
  })
  fc.assert(
    fc.property(writtenRoutes, fc.array(asked, { minLength: 20, maxLength: 20 }), (written, questions) => {
      const routes = environmentOfRoutes('shop', written)
        .routes.filter((route) => route.kind === 'http')
        .toSorted(compareRoutes)
      const places = placesOf(routes)
      for (const question of questions) {
        expect(findByPlace(places, question)).toEqual(findSlowly(routes, question))
      }
    }),
    { numRuns: 60 },
  )
})
