import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

let tasks: Awaited<ReturnType<typeof startTasks>>
let ingress: TestIngress
const ask = (question: Question): Promise<Answer> => ingress.ask(question)

/** Of the password "geheim", by SHA-256, SHA-512 and bcrypt; in a compose file a dollar sign is written twice. */
const hashes = {
  ann: '$5$saltsalt$cKRA0A5uaKu0/NNi2WMrB.mMOAVMowckrDNQ4fKUJ06',
  bob: '$6$saltsalt$sfZR6YSW/Dp0uCiyF9fDipa6ORr5LVLOwXNgtzRlXXhkC7xA3w4zy97VIC3vL14AUXGJp3yBjZVztkdiBzJnX1',
  cid: '$2b$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu',
}

const routes = (port: number) => `
name: shop
x-route: &route {port: ${port}}
services:
  web:
    image: shop
    x-atoll:
      routes:
        - {<<: *route, host: here.example.org, allow: [127.0.0.0/8, '::1']}
        - {<<: *route, host: away.example.org, allow: [192.0.2.0/24]}
        - {<<: *route, host: denied.example.org, allow: [127.0.0.0/8], deny: [127.0.0.1]}
        - {<<: *route, host: body.example.org, max_body: 10}
        - {<<: *route, host: rate.example.org, rate_limit: {requests: 3, per: 1m}}
        - {<<: *route, host: rate.example.org, path: /other, rate_limit: {requests: 3, per: 1m}}
        - <<: *route
          host: auth.example.org
          basic_auth:
            realm: Only "us"
            users: {ann: ${hashes.ann.replaceAll('$', '$$$$')}, bob: ${hashes.bob.replaceAll('$', '$$$$')}, cid: ${hashes.cid.replaceAll('$', '$$$$')}}
        - <<: *route
          host: headers.example.org
          request_headers:
            set: {X-Set: "100%  'a' \\"b\\" \\\\1 %[src] $$HOME {x} #y"}
            add: {X-Twice: two}
            remove: [X-Gone]
          response_headers:
            set: {X-Frame-Options: DENY, Server: atoll}
            add: {X-More: '%T'}
            remove: [X-Task-Secret]
          allow: [127.0.0.1]
        - {<<: *route, host: plain.example.org, https: optional}
        - {<<: *route, host: zip.example.org, compression: true}
        - {<<: *route, host: cors.example.org, cors: {origins: ['https://shop.example.org', 'http://localhost:3000'], methods: [PUT], headers: [X-A], expose: [X-B], credentials: true, max_age: 1m}}
        - {<<: *route, host: all.example.org, cors: {origins: ['*']}}
        - {<<: *route, host: shut.example.org, maintenance: {page: '<p>100% shut</p>', retry_after: 90s}}
        - {<<: *route, host: nearly.example.org, maintenance: {page: shut, except: [127.0.0.1]}}
        - {<<: *route, host: pages.example.org, deny: [127.0.0.0/8], error_pages: {'403': '<p>Not %you</p>', '503': '<p>Nobody</p>'}}
        - {<<: *route, host: nobody.example.org, weights: {none: 1}, error_pages: {'503': '<p>Nobody</p>'}}
  none: {image: shop}
`

beforeAll(async () => {
  tasks = await startTasks(['127.0.0.1'])
  const environment = environmentOf(routes(tasks.port), { endpoints: { web: endpointsAt('127.0.0.1') } })
  ingress = await startIngress([environment])
})
afterAll(async () => {
  await ingress[Symbol.asyncDispose]()
  await tasks[Symbol.asyncDispose]()
})

describe('addresses', () => {
  test.each([
    ['here.example.org', 200],
    ['away.example.org', 403],
    ['denied.example.org', 403],
  ])('%s answers %i', async (host, status) => {
    expect((await ask({ host })).status).toBe(status)
  })

  test('are not believed of whoever asks', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' }
    expect((await ask({ host: 'away.example.org', headers })).status).toBe(403)
  })
})

describe('the app is told who asks', () => {
  test('by the ingress alone', async () => {
    const lies = [
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'x-forwarded-prefix',
      'forwarded',
      'x-real-ip',
    ]
    const headers = Object.fromEntries(lies.map((name) => [name, 'a lie']))
    const { asked } = await ask({ host: 'here.example.org:8443', headers })
    expect(asked?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'here.example.org:8443',
      'x-real-ip': '127.0.0.1',
      host: 'here.example.org:8443',
    })
    expect(JSON.stringify(asked)).not.toContain('a lie')
    const plain = await ask({ host: 'plain.example.org', isTls: false })
    expect(plain.asked?.headers['x-forwarded-proto']).toBe('http')
  })
})

describe('bodies', () => {
  test.each<readonly [number, string, Readonly<Record<string, string>>]>([
    [200, '1234567890', {}],
    [413, '12345678901', {}],
    [411, '1', { 'transfer-encoding': 'chunked' }],
  ])('%i of %s %j', async (status, body, headers) => {
    const length = headers['transfer-encoding'] === undefined ? { 'content-length': String(body.length) } : headers
    const answer = await ask({ host: 'body.example.org', method: 'POST', body, headers: length })
    expect(answer.status).toBe(status)
    expect(answer.asked?.body).toBe(status === 200 ? body : undefined)
  })

  test('of none are not asked for their length', async () => {
    expect((await ask({ host: 'body.example.org' })).status).toBe(200)
  })
})

test('more requests than the limit are refused, for each route by itself', async () => {
  const statuses: number[] = []
  for (let time = 0; time < 5; time += 1) statuses.push((await ask({ host: 'rate.example.org' })).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  const { headers } = await ask({ host: 'rate.example.org' })
  expect(headers['retry-after']).toBe('60')
  const other = await ask({ host: 'rate.example.org', path: '/other' })
  expect([other.status, other.headers['retry-after']]).toEqual([200, undefined])
})

describe('passwords', () => {
  const authorization = (name: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
  })

  test.each(Object.keys(hashes))('of %s let in, and stay with the ingress', async (name) => {
    const right = await ask({ host: 'auth.example.org', headers: authorization(name, 'geheim') })
    expect(right.status).toBe(200)
    expect(right.asked?.headers['authorization']).toBeUndefined()
    expect((await ask({ host: 'auth.example.org', headers: authorization(name, 'geheim ') })).status).toBe(401)
  })

  test('are asked for', async () => {
    const { status, headers } = await ask({ host: 'auth.example.org' })
    expect([status, headers['www-authenticate']]).toEqual([401, `Basic realm="Only 'us'"`])
  })
})

describe('headers', () => {
  test('of requests arrive as they were written', async () => {
    const { asked } = await ask({
      host: 'headers.example.org',
      headers: { 'X-Gone': '1', 'X-Twice': 'one', 'X-Set': '0' },
    })
    expect(asked?.headers).toMatchObject({
      'x-set': `100%  'a' "b" \\1 %[src] $HOME {x} #y`,
      'x-twice': 'one, two',
    })
    expect(asked?.headers['x-gone']).toBeUndefined()
  })

  test('of responses too, also where the ingress answers', async () => {
    const { headers } = await ask({ host: 'headers.example.org' })
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', server: 'atoll', 'x-more': '%T' })
    const plain = await ask({ host: 'headers.example.org', isTls: false })
    expect([plain.status, plain.headers['x-frame-options']]).toEqual([308, 'DENY'])
  })
})

test('texts are compressed for who takes it', async () => {
  const plain = await ask({ host: 'zip.example.org' })
  expect(plain.headers['content-encoding']).toBeUndefined()
  const zipped = await ask({ host: 'zip.example.org', headers: { 'accept-encoding': 'gzip' } })
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(zipped.bytes).toString()).toContain('"task":"127.0.0.1"')
})

describe('other origins', () => {
  const preflight = { 'access-control-request-method': 'PUT' }

  test('are told what they may', async () => {
    const headers = { origin: 'https://shop.example.org', ...preflight }
    const answer = await ask({ host: 'cors.example.org', method: 'OPTIONS', headers })
    expect([answer.status, answer.asked]).toEqual([204, undefined])
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example.org',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a',
      'access-control-max-age': '60',
      vary: 'Origin',
    })
    const real = await ask({ host: 'cors.example.org', headers: { origin: 'http://localhost:3000' } })
    expect(real.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-expose-headers': 'x-b',
    })
    expect(real.headers['access-control-allow-methods']).toBeUndefined()
  })

  test('that are not named get nothing', async () => {
    const headers = { origin: 'https://evil.example.org', ...preflight }
    const answer = await ask({ host: 'cors.example.org', method: 'OPTIONS', headers })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect(answer.asked?.method).toBe('OPTIONS')
  })

  test('are all named by one word', async () => {
    const answer = await ask({ host: 'all.example.org', headers: { origin: 'https://any.example.com' } })
    expect(answer.headers['access-control-allow-origin']).toBe('https://any.example.com')
  })
})

describe('pages', () => {
  test('of maintenance are for everybody but some', async () => {
    const { status, headers, text } = await ask({ host: 'shut.example.org' })
    expect([status, headers['retry-after'], text]).toEqual([503, '90', '<p>100% shut</p>'])
    expect((await ask({ host: 'nearly.example.org' })).status).toBe(200)
  })

  test('stand in the place of what the ingress would say', async () => {
    const denied = await ask({ host: 'pages.example.org' })
    expect([denied.status, denied.text]).toEqual([403, '<p>Not %you</p>'])
    const nobody = await ask({ host: 'nobody.example.org' })
    expect([nobody.status, nobody.text]).toEqual([503, '<p>Nobody</p>'])
  })
})
