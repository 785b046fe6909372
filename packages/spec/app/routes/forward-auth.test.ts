import { expect, test } from 'vitest'
import type { ComposeMapping } from '../../project.ts'
import { mapModel } from '../sample-project.ts'

const mapRoutes = (...routes: readonly ComposeMapping[]) => {
  const web: ComposeMapping = { image: 'nginx', 'x-atoll': { routes } }
  const job: ComposeMapping = { image: 'nginx', 'x-atoll': { run: 'once' } }
  const { app, problems } = mapModel({ services: { web, next: { image: 'nginx' }, job } })
  const errors = problems.filter(({ severity }) => severity === 'error')
  return {
    routes: app.routes ?? [],
    said: errors.map(({ key, message }) => `${key.replace(/^services\.web\.x-atoll\.routes/, '')}: ${message}`),
  }
}

const asked = { service: 'next', port: 9000 }
const least = { host: 'shop.example.org', port: 8080 }

test('who is asked whether a request may is told of passwords and sessions, unless it says what of', () => {
  const usual = { path: '/', requestHeaders: ['authorization', 'cookie'], responseHeaders: [], timeoutMs: 5_000 }
  const short = mapRoutes({ ...least, forward_auth: asked })
  expect(short.said).toEqual([])
  expect(short.routes).toMatchObject([{ forwardAuth: { service: 'next', port: 9000, ...usual } }])
  const own = {
    path: '/check?for=shop',
    request_headers: ['X-B', 'Cookie'],
    response_headers: ['X-User', 'Authorization', 'x-user'],
    timeout: '500ms',
  }
  const long = mapRoutes({ ...least, forward_auth: { ...asked, ...own } })
  expect(long.said).toEqual([])
  expect(long.routes).toMatchObject([
    {
      forwardAuth: {
        service: 'next',
        port: 9000,
        path: '/check?for=shop',
        requestHeaders: ['cookie', 'x-b'],
        responseHeaders: ['authorization', 'x-user'],
        timeoutMs: 500,
      },
    },
  ])
  expect(mapRoutes({ ...least, forward_auth: { ...asked, request_headers: [] } }).routes).toMatchObject([
    { forwardAuth: { requestHeaders: [] } },
  ])
})

test('files are behind it as tasks are', () => {
  const site = { host: 'shop.example.org', static: { path: '/site', image: `site@sha256:${'a'.repeat(64)}` } }
  const { routes, said } = mapRoutes({ ...site, forward_auth: asked })
  expect(said).toEqual([])
  expect(routes).toMatchObject([{ targets: [], static: { path: '/site' }, forwardAuth: { service: 'next' } }])
})

test.each<readonly [ComposeMapping, string]>([
  [{ ...least, forward_auth: { port: 1 } }, '[0].forward_auth: names no service to ask'],
  [{ ...least, forward_auth: { service: 'next' } }, '[0].forward_auth: says no port'],
  [{ ...least, forward_auth: { ...asked, service: 'nxt' } }, '[0].forward_auth.service: the app has no service nxt'],
  [{ ...least, forward_auth: { ...asked, service: 'job' } }, '[0].forward_auth.service: job runs to its end'],
  [{ ...least, forward_auth: { ...asked, path: 'a' } }, '[0].forward_auth.path: "a" is no path to ask for'],
  [{ ...least, forward_auth: { ...asked, path: '/a b' } }, '[0].forward_auth.path: "/a b" is no path to ask for'],
  [{ ...least, forward_auth: { ...asked, timeout: '31s' } }, '[0].forward_auth.timeout: is longer than anybody'],
  [{ ...least, forward_auth: { ...asked, request_headers: ['a:'] } }, '[0].forward_auth.request_headers[0]: "a:" is'],
  [{ ...least, forward_auth: { ...asked, request_headers: ['Upgrade'] } }, '[0].forward_auth.request_headers: upgrade'],
  [{ ...least, forward_auth: { ...asked, response_headers: ['Host'] } }, '[0].forward_auth.response_headers: host is'],
  [
    { ...least, forward_auth: { ...asked, response_headers: ['X-Forwarded-For'] } },
    '[0].forward_auth.response_headers: x-forwarded-for is said by the ingress alone',
  ],
  [{ protocol: 'tcp', listen: 99, port: 1, forward_auth: asked }, '[0].forward_auth: forward_auth means nothing'],
  [{ host: 'a.example.org', redirect: { path: '/b' }, forward_auth: asked }, '[0].forward_auth: forward_auth means'],
])('%j: %s', (route, said) => {
  expect(mapRoutes(route).said[0]).toContain(said)
})
