import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4']

let tasks: Awaited<ReturnType<typeof startTasks>>
let ingress: TestIngress
const ask = (question: Question): Promise<Answer> => ingress.ask(question)

/** Names the route that answered, by the header it sets. */
const whose = async (question: Partial<Question>): Promise<string> => {
  const { status, asked } = await ask({ host: 'shop.example.org', ...question })
  return asked?.headers['x-route'] ?? String(status)
}

const routes = (port: number) => `
name: shop
x-route: &route {port: ${port}}
services:
  web:
    image: shop
    x-atoll:
      routes:
        - {<<: *route, host: shop.example.org, request_headers: {set: {X-Route: root}}}
        - {<<: *route, host: shop.example.org, path: /api, request_headers: {set: {X-Route: api}}}
        - {<<: *route, host: shop.example.org, path: /api/v2, request_headers: {set: {X-Route: v2}}}
        - {<<: *route, host: shop.example.org, path_exact: /api/login, request_headers: {set: {X-Route: login}}}
        - {<<: *route, host: shop.example.org, path: /api, method: [POST, PUT], request_headers: {set: {X-Route: post}}}
        - {<<: *route, host: shop.example.org, path: /api, header: {X-Beta: 'it''s "1"'}, request_headers: {set: {X-Route: beta}}}
        - {<<: *route, host: shop.example.org, path: /api, query: {v: 'a b'}, request_headers: {set: {X-Route: query}}}
        - {<<: *route, host: shop.example.org, path: /admin, request_headers: {set: {X-Route: admin}}}
        - {<<: *route, host: re.example.org, path_regex: '/u/([0-9]+)', rewrite: '/v/\\1', request_headers: {set: {X-Route: regex}}}
        - {<<: *route, host: re.example.org, request_headers: {set: {X-Route: re-root}}}
        - {<<: *route, host: part.example.org, path: /a, request_headers: {set: {X-Route: part}}}
        - {<<: *route, host: '*.example.org', request_headers: {set: {X-Route: wild}}}
        - {<<: *route, host: '*.example.org', path: /b, request_headers: {set: {X-Route: wild-b}}}
        - {<<: *route, host: strip.example.org, path: /api, strip: true}
        - {<<: *route, host: rewrite.example.org, path: /a.b, rewrite: /c%20d}
        - {<<: *route, host: below.example.org, rewrite: /x}
        - {<<: *route, host: exact.example.org, path_exact: /one, rewrite: /two}
        - {host: old.example.org, redirect: {host: new.example.org, status: 301}}
        - {host: old.example.org, path: /p, redirect: {path: '/q%20r', scheme: http, port: 81}}
        - {<<: *route, host: open.example.org, https: optional, request_headers: {set: {X-Route: open}}}
        - {<<: *route, host: canary.example.org, weights: {web: 3, next: 1}}
        - {<<: *route, host: sticky.example.org, sticky: cookie}
        - {<<: *route, host: address.example.org, sticky: address}
        - {<<: *route, host: drain.example.org, weights: {drained: 1}}
  next: {image: shop}
  drained: {image: shop}
`

beforeAll(async () => {
  tasks = await startTasks(addresses)
  const [one = '', two = '', three = '', four = ''] = addresses
  const drained = [{ id: 'old', address: one, state: 'draining' } as const, ...endpointsAt(two)]
  const endpoints = { web: endpointsAt(one, two, three), next: endpointsAt(four), drained }
  ingress = await startIngress([environmentOf(routes(tasks.port), { endpoints })])
})
afterAll(async () => {
  await ingress[Symbol.asyncDispose]()
  await tasks[Symbol.asyncDispose]()
})

describe('the most specific route answers', () => {
  test.each<readonly [string, Partial<Question>]>([
    ['root', {}],
    ['root', { path: '/apis' }],
    ['root', { path: '/api%2Ex' }],
    ['api', { path: '/api' }],
    ['api', { path: '/api/' }],
    ['api', { path: '/api?x=/api/v2' }],
    ['api', { path: '/api/v20' }],
    ['v2', { path: '/api/v2/x' }],
    ['v2', { path: '/api/v2', method: 'POST' }],
    ['login', { path: '/api/login' }],
    ['api', { path: '/api/login/' }],
    ['post', { path: '/api/x', method: 'PUT' }],
    ['beta', { path: '/api/x', headers: { 'X-Beta': 'it\'s "1"' } }],
    ['api', { path: '/api/x', headers: { 'X-Beta': 'its 1' } }],
    ['beta', { path: '/api/x', headers: { 'X-Beta': 'it\'s "1"' }, method: 'POST' }],
    ['query', { path: '/api/x?u=1&v=a+b' }],
    ['query', { path: '/api/x?v=a%20b' }],
    ['api', { path: '/api/x?v=a' }],
    ['regex', { host: 're.example.org', path: '/u/12' }],
    ['re-root', { host: 're.example.org', path: '/u/12/x' }],
    ['part', { host: 'part.example.org', path: '/a' }],
    ['wild', { host: 'part.example.org', path: '/c' }],
    ['wild-b', { host: 'any.example.org', path: '/b/c' }],
    ['root', { host: 'SHOP.example.org:443' }],
    ['root', { path: '/caf%c3%a9?off=100%' }],
    ['open', { host: 'open.example.org.', isTls: false }],
  ])('%s of %j', async (route, question) => {
    expect(await whose(question)).toBe(route)
  })

  test('nobody of another name, or of a name two labels down', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    expect((await ask({ host: 'example.org', headers })).status).toBe(404)
    const { status, text } = await ask({ host: 'a.b.example.org', isTls: false })
    expect([status, text]).toEqual([404, 'no route for this host and path\n'])
  })
})

describe('another spelling of a path is no way around a route', () => {
  test.each(['/admin', '/%61dmin', '//admin/x', '/x/../admin', '/./admin', '/x/%2e%2e/admin'])('%s', async (path) => {
    expect(await whose({ path })).toBe('admin')
  })

  test.each(['/x/..%2Fadmin', '/admin%2Fx', '/admin%5Cx', '/%2Fadmin', '/a%00', '/a%'])(
    '%s is refused',
    async (path) => {
      expect((await ask({ host: 'shop.example.org', path })).status).toBe(400)
    },
  )

  test('a slash within a segment is let through where it changes nothing', async () => {
    const { asked } = await ask({ host: 'shop.example.org', path: '/projects/a%2fb' })
    expect(asked?.path).toBe('/projects/a%2Fb')
  })

  test('and is refused where a pattern would see one of the two', async () => {
    expect((await ask({ host: 're.example.org', path: '/u/1%2F2' })).status).toBe(400)
  })
})

describe('the app gets', () => {
  test.each([
    ['strip.example.org', '/api', '/'],
    ['strip.example.org', '/api/', '/'],
    ['strip.example.org', '/api/x/y?q=1', '/x/y?q=1'],
    ['strip.example.org', '//api//x', '/x'],
    ['rewrite.example.org', '/a.b/e', '/c%20d/e'],
    ['rewrite.example.org', '/a.b', '/c%20d'],
    ['below.example.org', '/', '/x/'],
    ['below.example.org', '/y', '/x/y'],
    ['exact.example.org', '/one?q', '/two?q'],
    ['re.example.org', '/u/12?q=1', '/v/12?q=1'],
    ['shop.example.org', '//x//y', '//x//y'],
  ])('of %s%s the path %s', async (host, path, expected) => {
    expect((await ask({ host, path })).asked?.path).toBe(expected)
  })

  test('the prefix that was stripped', async () => {
    const { asked } = await ask({ host: 'strip.example.org', path: '/api/x' })
    expect(asked?.headers['x-forwarded-prefix']).toBe('/api')
  })
})

describe('redirects', () => {
  test.each<readonly [Question, number, string]>([
    [{ host: 'old.example.org', path: '/x?y=1' }, 301, 'https://new.example.org/x?y=1'],
    [{ host: 'old.example.org', path: '/p/x?y=%41' }, 308, 'http://old.example.org:81/q%20r?y=%41'],
    [{ host: 'old.example.org', path: '/p' }, 308, 'http://old.example.org:81/q%20r'],
  ])('%j', async (question, status, location) => {
    const { headers, status: got } = await ask(question)
    expect([got, headers['location']]).toEqual([status, location])
  })

  test('to TLS, unless the route says it is optional', async () => {
    const plain = await ask({ host: 'shop.example.org', path: '/x?y=1', isTls: false, method: 'POST' })
    const location = `https://shop.example.org:${ingress.httpsPort}/x?y=1`
    expect([plain.status, plain.headers['location']]).toEqual([308, location])
    expect((await ask({ host: 'open.example.org', isTls: false })).status).toBe(200)
  })
})

/** How often each task has answered. */
const countTasks = async (host: string, times: number, headers = {}): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (let time = 0; time < times; time += 1) {
    const task = (await ask({ host, headers })).asked?.task ?? 'nobody'
    counts.set(task, (counts.get(task) ?? 0) + 1)
  }
  return counts
}

describe('tasks', () => {
  test('take turns', async () => {
    const counts = await countTasks('shop.example.org', 30)
    expect([...counts.values()].every((count) => count >= 8)).toBe(true)
    expect(counts.size).toBe(3)
  })

  test('of services share by weight, however many tasks each has', async () => {
    const counts = await countTasks('canary.example.org', 80)
    expect(Math.abs((counts.get('127.0.0.4') ?? 0) - 20)).toBeLessThanOrEqual(2)
  })

  test('that drain get nothing new', async () => {
    expect([...(await countTasks('drain.example.org', 10))]).toEqual([['127.0.0.2', 10]])
  })

  test('have their clients back, by a cookie that scripts do not see', async () => {
    const first = await ask({ host: 'sticky.example.org' })
    const [cookie = ''] = [first.headers['set-cookie']].flat()
    expect(cookie).toMatch(/^atoll-[0-9a-f]{10}=[0-9a-f]{16}; path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const counts = await countTasks('sticky.example.org', 9, { cookie: cookie.split(';')[0] })
    expect([...counts]).toEqual([[first.asked?.task, 9]])
  })

  test('or by the address of the client', async () => {
    expect((await countTasks('address.example.org', 9)).size).toBe(1)
  })
})
