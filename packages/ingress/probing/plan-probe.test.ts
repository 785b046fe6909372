import { examineRoutes, parseRequest } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { environmentOf } from '../testing/table.ts'
import { planProbe } from './plan-probe.ts'

const planOf = (route: string) => {
  const text = `{name: shop, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [${route}]}}}}`
  const [first] = environmentOf(text).routes
  if (first === undefined) throw new Error('bug: no route')
  return planProbe(first)
}

test.each([
  ['{host: a.example.org, port: 80}', 'GET', 'a.example.org', '/'],
  ['{host: "*.example.org", path: /api, port: 80}', 'GET', 'atoll-probe.example.org', '/api'],
  ['{host: a.example.org, path_exact: /login/, port: 80, method: [HEAD, POST]}', 'HEAD', 'a.example.org', '/login/'],
  ['{host: a.example.org, port: 80, query: {a: "1&2", c: "*"}}', 'GET', 'a.example.org', '/?a=1%262&c=atoll-probe'],
  ['{host: a.example.org, port: 80, allow: [127.0.0.0/8, 10.0.0.0/8]}', 'GET', 'a.example.org', '/'],
  ['{host: a.example.org, port: 80, deny: [10.0.0.0/8, "2001:db8::/32"]}', 'GET', 'a.example.org', '/'],
])('%s is asked as a client would', (route, method, host, path) => {
  const headers = { 'user-agent': 'atoll-probe' }
  expect(planOf(route)).toEqual({ kind: 'request', request: { method, host, path, headers } })
})

test('headers that a route wants are sent, and its user-agent in the place of ours', () => {
  const route = '{host: a.example.org, port: 80, header: {X-Beta: "yes", X-Any: "*", User-Agent: robot}}'
  const headers = { 'x-beta': 'yes', 'x-any': 'atoll-probe', 'user-agent': 'robot' }
  expect(planOf(route)).toMatchObject({ request: { headers } })
})

const hash = '$$5$$rounds=1000$$salt$$UbuFAqvLkC7YoqTRrrZQDGqQ8r3f7KO/lwvZz.6g3o9'

test.each([
  ['{protocol: tcp, listen: 5432, port: 5432}', 'is a port, or TLS, as it is'],
  ['{protocol: tls, host: a.example.org, port: 5432}', 'is a port, or TLS, as it is'],
  ['{host: a.example.org, port: 80, method: [POST]}', 'takes neither GET nor HEAD'],
  ['{host: a.example.org, port: 80, path_regex: "/[a-z]+"}', 'has a pattern for a path'],
  [`{host: a.example.org, port: 80, basic_auth: {realm: Staff, users: {ann: "${hash}"}}}`, 'asks for a password'],
  ['{host: a.example.org, port: 80, forward_auth: {service: auth, port: 80}}', 'asks another service who may'],
  ['{host: a.example.org, port: 80, maintenance: {page: closed}}', 'is in maintenance'],
  ['{host: a.example.org, port: 80, allow: [10.0.0.0/8]}', 'does not answer the node itself'],
  ['{host: a.example.org, port: 80, deny: [127.0.0.1]}', 'does not answer the node itself'],
])('%s is not asked', (route, why) => {
  expect(planOf(route)).toEqual({ kind: 'none', why })
})

const word = fc.stringMatching(/^[a-z]{1,4}$/)
const routes = fc.record({
  host: fc.constantFrom('a.example.org', '*.example.org'),
  path: fc.array(word, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`),
  isExact: fc.boolean(),
  method: fc.constantFrom('[GET]', '[HEAD, POST]', '[GET, PUT]'),
  headers: fc.dictionary(word, fc.constantFrom('yes', '*'), { maxKeys: 2, noNullPrototype: true }),
  query: fc.dictionary(word, fc.constantFrom('1', 'a b', '*'), { maxKeys: 2, noNullPrototype: true }),
})

test('the route that a request is made for is the one that answers it', () => {
  fc.assert(
    fc.property(routes, ({ host, path, isExact, method, headers, query }) => {
      const key = isExact ? 'path_exact' : 'path'
      const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [`x-${name}`, value]))
      const text = `{host: "${host}", ${key}: "${path}", port: 80, method: ${method}, header: ${JSON.stringify(names)}, query: ${JSON.stringify(query)}}`
      const environment = environmentOf(`{name: shop, services: {web: {image: x, x-atoll: {routes: [${text}]}}}}`)
      const [route] = environment.routes
      const plan = route && planProbe(route)
      if (plan?.kind !== 'request') throw new Error(JSON.stringify(plan))
      const { request } = plan
      const sent = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
      const parsed = parseRequest(`https://${request.host}${request.path}`, { method: request.method, headers: sent })
      if ('message' in parsed || !('value' in parsed)) throw new Error(JSON.stringify(parsed))
      expect(examineRoutes(environment.routes, parsed.value).answer).toEqual({ kind: 'route', route })
    }),
  )
})
