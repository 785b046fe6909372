import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { sitesOf } from '@atoll/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepStatic } from './keep-static.ts'
import { staticSocket } from './render/static.ts'
import { siteFolder } from './static/site-index.ts'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { modifiedSeconds, writeSite } from './testing/sites.ts'
import { environmentOf } from './testing/table.ts'

const image = (digit: string): string => `site@sha256:${digit.repeat(64)}`
const compose = `
name: sites
services:
  web:
    image: site
    x-atoll:
      routes:
        - {host: plain.example.org, static: {image: '${image('a')}', path: /site}}
        - host: page.example.org
          static: {image: '${image('a')}', path: /site, fallback: /index.html, cache: {/assets/: 1y, /: 10m}}
        - {host: lost.example.org, static: {image: '${image('a')}', path: /site, not_found: /404.html, index: start.html}}
        - {host: below.example.org, path: /docs, strip: true, static: {image: '${image('a')}', path: /site}}
        - {host: part.example.org, path: /sub, static: {image: '${image('a')}', path: /site}}
        - {host: absent.example.org, static: {image: '${image('b')}', path: /site}, error_pages: {'503': nobody}}
        - host: ruled.example.org
          compression: true
          cors: {origins: ['https://shop.example.org']}
          response_headers: {set: {X-Frame-Options: DENY}}
          rate_limit: {requests: 4, per: 1m}
          static: {image: '${image('a')}', path: /site}
        - {host: maintained.example.org, maintenance: {page: later}, static: {image: '${image('a')}', path: /site}}
`
const script = 'const one = 1;\n'.repeat(200)
const environment = environmentOf(compose)
const [site = { id: '' }] = sitesOf(environment.routes).filter((each) => each.image === image('a'))
const whole = {
  '/index.html': '<h1>home</h1>',
  '/404.html': '<h1>lost</h1>',
  '/start.html': '<h1>start</h1>',
  '/sub/index.html': '<h1>sub</h1>',
  '/sub/a b.txt': 'a b',
  '/ü.svg': '<svg/>',
  '/data': 'no ending',
  '/app.webmanifest': '{}',
  '/lib.wasm': 'wasm',
  '/assets/app.js': script,
  '/assets/app.js.br': brotliCompressSync(script),
  '/assets/app.js.gz': gzipSync(script),
  '/assets/app.css': 'p{}'.repeat(500),
  '/assets/new.html': '<p>',
  '/.well-known/security.txt': 'Contact: mailto:a@example.org',
}

let stack: AsyncDisposableStack
let ingress: TestIngress
let folder: string
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'atoll-static-'))
  stack.defer(() => rm(folder, { recursive: true }))
  await writeSite(folder, site.id, whole)
  ingress = stack.use(await startIngress([environment]))
  const program = join(import.meta.dirname, 'static/main.ts')
  const files = stack.use(keepStatic({ program, folder, socket: staticSocket(ingress.settings), log: () => undefined }))
  await files.want(true)
})
afterAll(() => stack.disposeAsync())

const ask = (path: string, question: Partial<Question> = {}): Promise<Answer> =>
  ingress.ask({ host: 'plain.example.org', path, ...question })

test('a file comes with its type, how to ask again, and nothing to guess', async () => {
  const { status, headers, text } = await ask('/index.html')
  expect({ status, text }).toEqual({ status: 200, text: '<h1>home</h1>' })
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-length': '13',
    'cache-control': 'no-cache',
    'last-modified': new Date(modifiedSeconds * 1000).toUTCString(),
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  })
  expect(headers['etag']).toMatch(/^"[0-9a-f]{32}"$/)
})

test.each([
  ['/assets/app.js', 'text/javascript; charset=utf-8'],
  ['/assets/app.css', 'text/css; charset=utf-8'],
  ['/%C3%BC.svg', 'image/svg+xml'],
  ['/app.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['/lib.wasm', 'application/wasm'],
  ['/data', 'application/octet-stream'],
  ['/sub/a%20b.txt', 'text/plain; charset=utf-8'],
  ['/.well-known/security.txt', 'text/plain; charset=utf-8'],
])('%s is %s', async (path, type) => {
  const { status, headers } = await ask(path)
  expect({ status, type: String(headers['content-type']).replace(/charset=utf-8$/i, 'charset=utf-8') }).toEqual({
    status: 200,
    type,
  })
})

const bodies: Readonly<Record<number, string>> = {
  200: '<h1>home</h1>',
  304: '',
  412: 'this part of the file cannot be had\n',
}

describe('who has it already', () => {
  test.each<readonly [string, number, Readonly<Record<string, (headers: Answer['headers']) => string>>]>([
    ['gets 304 by its ETag', 304, { 'if-none-match': ({ etag }) => String(etag) }],
    ['gets 304 by one of its ETags', 304, { 'if-none-match': ({ etag }) => `"x", ${String(etag)}` }],
    ['gets 304 by its time', 304, { 'if-modified-since': (headers) => String(headers['last-modified']) }],
    ['gets it anew where that is another', 200, { 'if-none-match': () => '"x"' }],
    [
      'gets it anew where it asks to',
      200,
      { 'if-none-match': ({ etag }) => String(etag), 'cache-control': () => 'no-cache' },
    ],
    ['is refused what it does not expect', 412, { 'if-match': () => '"x"' }],
  ])('%s', async (_what, expected, make) => {
    const first = await ask('/index.html')
    const headers = Object.fromEntries(Object.entries(make).map(([name, value]) => [name, value(first.headers)]))
    const { status, text } = await ask('/index.html', { headers })
    expect([status, text]).toEqual([expected, bodies[expected]])
  })
})

describe('a part', () => {
  test.each([
    ['bytes=4-7', 206, 'home', 'bytes 4-7/13'],
    ['bytes=-5', 206, '</h1>', 'bytes 8-12/13'],
    ['bytes=20-', 416, 'this part of the file cannot be had\n', 'bytes */13'],
    ['lines=1-2', 200, '<h1>home</h1>', undefined],
  ])('%s', async (range, expected, text, told) => {
    const answer = await ask('/index.html', { headers: { range } })
    expect(answer.status).toBe(expected)
    expect(answer.text).toBe(text)
    expect(answer.headers['content-range']).toBe(told)
  })

  test('of another version is the whole', async () => {
    const { status } = await ask('/index.html', { headers: { range: 'bytes=4-7', 'if-range': '"x"' } })
    expect(status).toBe(200)
  })
})

describe('what was compressed before', () => {
  test.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
    ['identity', undefined],
    ['', undefined],
  ])('is sent to who takes %s', async (accepted, expected) => {
    const { headers, bytes } = await ask('/assets/app.js', { headers: { 'accept-encoding': accepted } })
    expect(headers['content-encoding']).toBe(expected)
    expect(headers['vary']).toBe('Accept-Encoding')
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    const sent = { br: whole['/assets/app.js.br'], gzip: whole['/assets/app.js.gz'] }[expected ?? ''] ?? script
    expect(bytes.equals(Buffer.from(sent))).toBe(true)
  })

  test('is another version', async () => {
    const [plain, packed] = [
      await ask('/assets/app.js'),
      await ask('/assets/app.js', { headers: { 'accept-encoding': 'br' } }),
    ]
    expect(plain.headers['etag']).not.toBe(packed.headers['etag'])
  })
})

test('HEAD has the headers and nothing else; other methods are refused', async () => {
  const { status, headers, text } = await ask('/index.html', { method: 'HEAD' })
  expect({ status, text, length: headers['content-length'] }).toEqual({ status: 200, text: '', length: '13' })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const refused = await ask('/index.html', { method, ...(method === 'POST' && { body: 'x'.repeat(100_000) }) })
    expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD'])
  }
})

describe('a folder', () => {
  test('is its index, and never a list', async () => {
    expect((await ask('/')).text).toBe('<h1>home</h1>')
    expect((await ask('/sub/')).text).toBe('<h1>sub</h1>')
    expect((await ask('/assets/')).status).toBe(404)
    expect((await ask('/assets')).status).toBe(404)
    expect((await ask('/', { host: 'lost.example.org' })).text).toBe('<h1>start</h1>')
  })

  test('without its slash is sent there, whatever was taken off before it', async () => {
    const moved = await ask('/sub?a=1')
    expect([moved.status, moved.headers['location']]).toEqual([301, './sub/?a=1'])
    const prefix = await ask('/docs', { host: 'below.example.org' })
    expect([prefix.status, prefix.headers['location']]).toEqual([301, './docs/'])
    expect((await ask('/docs/', { host: 'below.example.org' })).text).toBe('<h1>home</h1>')
    expect((await ask('/docs/sub/', { host: 'below.example.org' })).text).toBe('<h1>sub</h1>')
    expect((await ask('/sub/', { host: 'part.example.org' })).text).toBe('<h1>sub</h1>')
    const elsewhere = await ask('//evil.example.org/../sub')
    expect(elsewhere.headers['location'] ?? '').not.toContain('//')
  })
})

describe('what is not there', () => {
  test('is 404, with the page that was chosen', async () => {
    expect((await ask('/x')).status).toBe(404)
    const { status, text, headers } = await ask('/x', {
      host: 'lost.example.org',
      headers: { range: 'bytes=0-1', 'if-none-match': '*' },
    })
    expect({ status, text, type: headers['content-type'] }).toEqual({
      status: 404,
      text: '<h1>lost</h1>',
      type: 'text/html; charset=utf-8',
    })
    expect(headers['etag']).toBeUndefined()
  })

  test('is the one page of an app, but not of a file', async () => {
    const { status, text, headers } = await ask('/cart/7', { host: 'page.example.org' })
    expect({ status, text, cached: headers['cache-control'] }).toEqual({
      status: 200,
      text: '<h1>home</h1>',
      cached: 'max-age=600',
    })
    expect((await ask('/assets/old.js', { host: 'page.example.org' })).status).toBe(404)
  })

  test('is 503 while this node does not have the site, never 404', async () => {
    const { status, headers } = await ask('/', { host: 'absent.example.org' })
    expect([status, headers['retry-after']]).toEqual([503, '5'])
  })
})

test('files are kept as long as their path says', async () => {
  const kept = async (path: string) => (await ask(path, { host: 'page.example.org' })).headers['cache-control']
  expect(await kept('/assets/app.js')).toBe('max-age=31536000, immutable')
  expect(await kept('/data')).toBe('max-age=600')
})

test('no path leads out of the folder, nor to what is hidden in it', async () => {
  await symlink('/etc/passwd', join(siteFolder(folder, site.id), 'passwd'))
  const paths = [
    '/../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/sub/..%5c..%5cindex.html',
    '/passwd',
    '/index.json',
    '/%00',
    '/%E0%A4%A',
    '/.env',
    '/__proto__',
    '/constructor',
    `/../${site.id}/index.json`,
  ]
  for (const path of paths) {
    const { status, text } = await ask(path)
    expect([path, status === 400 || status === 404]).toEqual([path, true])
    expect(text).not.toContain('root:')
  }
})

test('what HAProxy does for other routes it does for these', async () => {
  const host = 'ruled.example.org'
  const headers = { 'accept-encoding': 'gzip', origin: 'https://shop.example.org' }
  const css = await ask('/assets/app.css', { host, headers })
  expect(css.headers).toMatchObject({
    'content-encoding': 'gzip',
    'access-control-allow-origin': 'https://shop.example.org',
    'x-frame-options': 'DENY',
  })
  expect((await ask('/assets/app.js', { host, headers })).headers['content-encoding']).toBe('gzip')
  const preflight = { ...headers, 'access-control-request-method': 'GET' }
  expect((await ask('/data', { host, method: 'OPTIONS', headers: preflight })).status).toBe(204)
  expect((await ask('/data', { host })).status).toBe(200)
  expect((await ask('/data', { host })).status).toBe(429)
  const { status, text } = await ask('/', { host: 'maintained.example.org' })
  expect([status, text]).toEqual([503, 'later'])
})

test('a client cannot say itself whose files it wants', async () => {
  const order = Buffer.from(JSON.stringify({ site: 'f'.repeat(32), index: 'x', cacheSeconds: {} })).toString(
    'base64url',
  )
  expect((await ask('/', { headers: { 'x-atoll-static': order, 'x-atoll-path': '/evil' } })).text).toBe('<h1>home</h1>')
})
