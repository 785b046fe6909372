import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoutedEnvironment } from './table.ts'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const stack = new AsyncDisposableStack()
let ingress: TestIngress
let environments: readonly RoutedEnvironment[]
const asked: string[] = []
const ask = (question: Partial<Question>): Promise<Answer> => ingress.ask({ host: 'a.example.org', ...question })

/** Says what its cookie says it shall. */
const answers: Readonly<Record<string, RequestListener>> = {
  yes: (_, response) => {
    response.setHeader('x-user', 'ann').setHeader('X-Groups', ['staff', 'all, of us']).setHeader('x-other', 'no')
    response.writeHead(204).end()
  },
  long: (_, response) => void response.writeHead(200, { 'x-user': 'u'.repeat(3_500) }).end('fine'),
  'too-long': (_, response) => void response.writeHead(200, { 'x-user': 'u'.repeat(4_500) }).end(),
  endless: (_, response) => void response.writeHead(200, { 'x-user': 'ann' }).write('x'.repeat(100_000)),
  login: (_, response) => {
    response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']).setHeader('x-secret', '1')
    response.writeHead(302, { location: '/login?to=%2F', 'cache-control': 'no-store' }).end()
  },
  password: (_, response) => {
    response.writeHead(401, { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="us"' })
    response.write('<p>Who\r\n')
    response.end('\tare you?</p>\n')
  },
  large: (_, response) => void response.writeHead(403, { 'content-type': 'text/plain' }).end('x'.repeat(20_000)),
  broken: (_, response) => void response.writeHead(500).end('a stack trace'),
  early: (_, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    response.writeHead(403).end('early')
  },
  odd: (_, response) => void response.writeHead(460).end('odd'),
  unchanged: (_, response) => void response.writeHead(304).end(),
  cookies: (_, response) => {
    response
      .setHeader(
        'set-cookie',
        Array.from({ length: 9 }, (__, index) => `c${index}=1`),
      )
      .writeHead(302)
      .end()
  },
  binary: (_, response) => void response.writeHead(403, { 'content-encoding': 'gzip' }).end('\0\u0001'),
  utf8: (_, response) => void response.writeHead(403).end('Grüße, "100 %" {und} \\n'),
  silent: () => undefined,
  gone: (request) => void request.socket.destroy(),
}

const authTask: RequestListener = (request, response) => {
  asked.push(request.rawHeaders.join('\n'))
  const answer = answers[/as=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '']
  if (answer === undefined) response.writeHead(403).end(JSON.stringify({ url: request.url, ...request.headers }))
  else answer(request, response)
}

beforeAll(async () => {
  const web = stack.use(await startTasks(['127.0.0.1']))
  const auth = stack.use(await startTasks(['127.0.0.1'], () => authTask))
  const down = { ...endpointsAt('127.0.0.9')[0], id: 'down', address: '127.0.0.9', state: 'ready' as const }
  const text = `
name: shop
x-route: &route {port: ${web.port}}
x-auth: &auth {service: auth, port: ${auth.port}, path: '/check?for=shop&who="us"', request_headers: [Cookie, Authorization, X-A], response_headers: [X-User, X-Groups, Authorization]}
services:
  web:
    image: shop
    x-atoll:
      routes:
        - {<<: *route, host: a.example.org, forward_auth: *auth}
        - {<<: *route, host: a.example.org, path: /new, strip: true, forward_auth: *auth}
        - {<<: *route, host: quick.example.org, forward_auth: {service: auth, port: ${auth.port}, timeout: 300ms}}
        - {<<: *route, host: plain.example.org, https: optional, forward_auth: {service: auth, port: ${auth.port}}}
        - {<<: *route, host: down.example.org, forward_auth: {service: down, port: ${auth.port}}, timeouts: {connect: 50ms}, error_pages: {'503': '<p>Nobody asks</p>'}}
        - {<<: *route, host: none.example.org, forward_auth: {service: none, port: ${auth.port}}}
        - {<<: *route, host: cors.example.org, cors: {origins: ['https://shop.example.org']}, forward_auth: *auth}
        - {<<: *route, host: password.example.org, basic_auth: {users: {ann: $$5$$saltsalt$$cKRA0A5uaKu0/NNi2WMrB.mMOAVMowckrDNQ4fKUJ06}}, forward_auth: *auth}
        - {<<: *route, host: zip.example.org, compression: true, forward_auth: *auth}
        - {<<: *route, host: shut.example.org, maintenance: {page: shut}, forward_auth: *auth}
        - {<<: *route, host: rate.example.org, rate_limit: {requests: 1, per: 1m}, forward_auth: *auth}
        - {<<: *route, host: away.example.org, allow: [192.0.2.0/24], forward_auth: *auth}
        - {<<: *route, host: body.example.org, max_body: 10, forward_auth: *auth}
  auth: {image: auth}
  down: {image: auth}
  none: {image: auth}
`
  const endpoints = { web: endpointsAt('127.0.0.1'), auth: endpointsAt('127.0.0.1'), down: [down] }
  environments = [environmentOf(text, { endpoints })]
  ingress = stack.use(await startIngress(environments, { acmeThumbprint: 'thumb' }))
})
afterAll(() => stack.disposeAsync())

/** What HAProxy has written of the request for a path that nothing else asks for. */
const findLogged = (path: string): unknown =>
  ingress
    .output()
    .split('\n')
    .filter((line) => line.endsWith('}') && line.includes(' {"client"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as { readonly path: string })
    .find((logged) => logged.path === path)

const as = (name: string, more: Readonly<Record<string, string>> = {}) => ({
  headers: { cookie: `as=${name}`, ...more },
})

describe('who is asked', () => {
  test('is told of the request what it may know, and by whom it is', async () => {
    const headers = { cookie: 'c=1', authorization: 'Bearer x', 'x-a': 'a', 'x-b': 'b', 'x-forwarded-uri': 'a lie' }
    const body = 'not for everybody'
    const { status, text } = await ask({ path: '/new//%61?q=1', method: 'POST', headers, body })
    expect(status).toBe(403)
    expect(JSON.parse(text)).toEqual({
      url: '/check?for=shop&who="us"',
      host: expect.stringMatching(/^auth:\d+$/) as unknown,
      cookie: 'c=1',
      authorization: 'Bearer x',
      'x-a': 'a',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.example.org',
      'x-forwarded-method': 'POST',
      'x-forwarded-uri': '/new//a?q=1',
      'x-real-ip': '127.0.0.1',
    })
  })

  test('is told of passwords and sessions where nothing else is said', async () => {
    const headers = { cookie: 'c=1', authorization: 'Bearer x', 'x-a': 'a' }
    const said = JSON.parse((await ask({ host: 'plain.example.org', isTls: false, headers })).text) as object
    expect(said).toMatchObject({ url: '/', cookie: 'c=1', authorization: 'Bearer x', 'x-forwarded-proto': 'http' })
    expect(said).not.toHaveProperty('x-a')
  })
})

describe('a request that may', () => {
  test('goes on with what was said of it, and nothing that a client says so itself', async () => {
    const lies = { 'x-user': 'root', X_User: 'root', 'X-GROUPS': 'wheel', authorization: 'Bearer root', 'x-other': '1' }
    const { status, asked: app } = await ask({ path: '/new/b?q=1', ...as('yes', lies) })
    expect(status).toBe(200)
    expect(app).toMatchObject({ path: '/b?q=1', headers: { 'x-user': 'ann', 'x-groups': 'staff, all, of us' } })
    expect(JSON.stringify(app)).not.toMatch(/root|wheel/)
    expect(app?.headers).toMatchObject({ cookie: 'as=yes', 'x-other': '1', 'x-forwarded-prefix': '/new' })
  })

  test('brings its body whole, also with much said of it', async () => {
    const body = 'x'.repeat(5_000_000)
    for (const name of ['yes', 'long', 'endless']) {
      const { status, asked: app } = await ask({ method: 'POST', body, ...as(name) })
      expect([name, status, app?.body.length]).toEqual([name, 200, body.length])
      expect(app?.headers['x-user']?.length).toBe(name === 'long' ? 3_500 : 3)
    }
  })
})

test('an answer of the app is compressed where that is asked for', async () => {
  const { status, headers } = await ask({ host: 'zip.example.org', ...as('yes', { 'accept-encoding': 'gzip' }) })
  expect([status, headers['content-encoding']]).toEqual([200, 'gzip'])
})

describe('a request that may not', () => {
  test('is answered what was said: a page', async () => {
    const { status, headers, text } = await ask(as('password'))
    expect([status, text]).toEqual([401, '<p>Who\r\n\tare you?</p>\n'])
    expect(headers).toMatchObject({ 'content-type': 'text/html', 'www-authenticate': 'Basic realm="us"' })
  })

  test('is answered what was said: where to go', async () => {
    const { status, headers } = await ask(as('login'))
    expect(status).toBe(302)
    expect(headers).toMatchObject({ location: '/login?to=%2F', 'cache-control': 'no-store' })
    expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2'])
    expect(headers['x-secret']).toBeUndefined()
  })

  test('is answered what was said: many cookies, and before all it sends was read', async () => {
    const { status, headers } = await ask({ method: 'POST', body: 'x'.repeat(5_000_000), ...as('cookies') })
    expect([status, headers['set-cookie']?.length]).toEqual([302, 9])
  })

  test('is answered without a body that is asked for by HEAD, or is too long', async () => {
    const head = await ask({ method: 'HEAD', ...as('password') })
    expect([head.status, head.text, head.headers['content-type']]).toEqual([401, '', 'text/html'])
    const large = await ask(as('large'))
    expect([large.status, large.text]).toEqual([403, ''])
  })

  test.each([
    ['odd', 460, 'odd'],
    ['binary', 403, ''],
    ['utf8', 403, 'Grüße, "100 %" {und} \\n'],
  ])('is answered what can be said of it: %s', async (name, status, text) => {
    const answer = await ask(as(name))
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  test('is answered what is meant, after what is told before', async () => {
    const { status, text } = await ask(as('early'))
    expect([status, text]).toEqual([403, 'early'])
  })
})

describe('where nobody says that it may, it may not', () => {
  test.each([
    ['broken', 'a.example.org', 'answer 500'],
    ['gone', 'a.example.org', 'answer 502'],
    ['too-long', 'a.example.org', 'too long an answer'],
    ['unchanged', 'a.example.org', 'answer 304'],
    ['silent', 'quick.example.org', 'answer 504'],
  ])('%s, and the log says why', async (name, host, reason) => {
    const { status, text, asked: app } = await ask({ host, path: `/${name}`, ...as(name) })
    expect([status, app]).toEqual([503, undefined])
    expect(text).not.toContain('stack trace')
    await expect.poll(() => findLogged(`/${name}`)).toMatchObject({ status: 503, reason })
  })

  test('no task of it, or none that answers', async () => {
    const down = await ask({ host: 'down.example.org', ...as('yes') })
    expect([down.status, down.text]).toEqual([503, '<p>Nobody asks</p>'])
    expect((await ask({ host: 'none.example.org', path: '/none', ...as('yes') })).status).toBe(503)
    await expect.poll(() => findLogged('/none')).toMatchObject({ status: 503, reason: 'answer 503' })
  })
})

describe('nobody is asked', () => {
  const preflight = { origin: 'https://shop.example.org', 'access-control-request-method': 'POST' }

  test.each<readonly [string, number, Partial<Question>]>([
    ['what a browser may', 204, { host: 'cors.example.org', method: 'OPTIONS', headers: preflight }],
    ['without a password', 401, { host: 'password.example.org' }],
    ['while it is shut', 503, { host: 'shut.example.org', ...as('yes') }],
    ['from elsewhere', 403, { host: 'away.example.org', ...as('yes') }],
    ['with too much', 413, { host: 'body.example.org', method: 'POST', body: 'x'.repeat(11), ...as('yes') }],
    ['without TLS', 308, { isTls: false, ...as('yes') }],
    ['by an authority', 200, { path: '/.well-known/acme-challenge/token', isTls: false }],
  ])('%s: %i', async (_, status, question) => {
    const before = asked.length
    expect((await ask(question)).status).toBe(status)
    expect(asked.length).toBe(before)
  })

  test('more often than one may come', async () => {
    const before = asked.length
    expect((await ask({ host: 'rate.example.org', ...as('yes') })).status).toBe(200)
    expect((await ask({ host: 'rate.example.org', ...as('yes') })).status).toBe(429)
    expect(asked.length).toBe(before + 1)
  })

  test('for a password that is the ingress own', async () => {
    const authorization = `Basic ${Buffer.from('ann:geheim').toString('base64')}`
    const { text } = await ask({ host: 'password.example.org', headers: { authorization } })
    expect(JSON.parse(text)).not.toHaveProperty('authorization')
  })
})

test('scripts of other origins see why they may not', async () => {
  const { status, headers } = await ask({ host: 'cors.example.org', headers: { origin: 'https://shop.example.org' } })
  expect([status, headers['access-control-allow-origin']]).toEqual([403, 'https://shop.example.org'])
})

test('many are asked at once', async () => {
  const names = ['yes', 'login', 'password', 'endless']
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, index) => ask({ path: `/${index}`, ...as(names[index % 4] ?? '') })),
  )
  expect(new Set(all.map(({ status }, index) => `${names[index % 4]} ${status}`))).toEqual(
    new Set(['yes 200', 'login 302', 'password 401', 'endless 200']),
  )
  expect(all.every(({ asked: app }, index) => app === undefined || app.path === `/${index}`)).toBe(true)
})

test('with more requests than connections some are answered at once that nobody could be asked, and the others are asked about', async () => {
  await using small = await startIngress(environments, { maxConnections: 16 })
  const all = await Promise.all(
    Array.from({ length: 60 }, () => small.ask({ host: 'a.example.org', ...as('yes', { connection: 'close' }) })),
  )
  const statuses = new Set(all.map(({ status }) => status))
  expect(statuses).toContain(200)
  expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
})
