import { expect, test } from 'vitest'
import type { ComposeMapping } from '../../project.ts'
import { mapModel } from '../sample-project.ts'

/** A route of the service web, and what is said of it without its key. */
const mapRoute = (route: ComposeMapping) => {
  const web: ComposeMapping = { image: 'nginx', 'x-atoll': { routes: [route] } }
  const job: ComposeMapping = { image: 'nginx', 'x-atoll': { run: 'once' } }
  const { app, problems } = mapModel({ services: { web, next: { image: 'nginx' }, job } })
  const errors = problems.filter(({ severity }) => severity === 'error')
  return {
    routes: app.routes ?? [],
    said: errors.map(({ key, message }) => `${key.replace('services.web.x-atoll.routes', '')}: ${message}`),
  }
}

const least = { host: 'shop.example.org', port: 8080 }
const mirror = { service: 'next', port: 81 }

test.each<readonly [ComposeMapping, object]>([
  [{ mirror: { service: 'next', port: 81 } }, { mirror: { service: 'next', port: 81, share: 10_000 } }],
  [{ mirror: { service: 'next', port: 81, part: '10%' } }, { mirror: { share: 1_000 } }],
  [{ mirror: { service: 'next', port: 81, part: '0.01%' } }, { mirror: { share: 1 } }],
  [{ weights: { web: 1 }, mirror: { service: 'next', port: 81 } }, { mirror: { service: 'next' } }],
])('%j', (fields, route) => {
  const { routes, said } = mapRoute({ ...least, ...fields })
  expect(said).toEqual([])
  expect(routes).toMatchObject([route])
})

test.each<readonly [ComposeMapping, string]>([
  [{ ...least, mirror: {} }, '[0].mirror: names no service to send copies to'],
  [{ ...least, mirror: { service: 'next' } }, '[0].mirror: says no port'],
  [{ ...least, mirror: { ...mirror, service: 'nxt' } }, '[0].mirror.service: the app has no service nxt'],
  [{ ...least, mirror: { ...mirror, service: 'job' } }, '[0].mirror.service: job runs to its end'],
  [{ ...least, mirror: { ...mirror, service: 'web' } }, '[0].mirror.service: web answers these requests already'],
  [{ ...least, weights: { web: 9, next: 1 }, mirror }, '[0].mirror.service: next answers these requests already'],
  [{ ...least, mirror: { ...mirror, part: '0%' } }, '[0].mirror.part: "0%" is no part of the requests'],
  [{ ...least, mirror: { ...mirror, part: '0.001%' } }, '[0].mirror.part: "0.001%" is no part'],
  [{ ...least, mirror: { ...mirror, part: '101%' } }, '[0].mirror.part: "101%" is no part'],
  [{ ...least, mirror: { ...mirror, part: '10' } }, '[0].mirror.part: "10" is no part'],
  [{ protocol: 'tcp', listen: 99, port: 1, mirror }, '[0].mirror: mirror means nothing for a port as it is'],
  [{ protocol: 'tls', ...least, mirror }, '[0].mirror: mirror cannot be seen inside of TLS'],
  [{ host: 'a.example.org', redirect: { path: '/b' }, mirror }, '[0].mirror: mirror means nothing for a redirect'],
  [{ host: 'a.example.org', static: { path: '/a' }, mirror }, '[0].mirror: mirror means nothing for static files'],
])('%j: %s', (route, message) => {
  expect(mapRoute(route).said[0]).toContain(message)
})
