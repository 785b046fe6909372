import { describe, expect, test } from 'vitest'
import type { ComposeMapping, ComposeValue } from '../../project.ts'
import { loadTexts, renderProblems } from '../../compose/load-texts.ts'
import { toApp } from '../../to-app.ts'
import { mapModel } from '../sample-project.ts'

/** Routes of the service web, and what is said of them without the key they have in common. */
const mapRoutes = (...routes: readonly ComposeMapping[]) => {
  const web: ComposeMapping = { image: 'nginx', 'x-atoll': { routes } }
  const job: ComposeMapping = { image: 'nginx', 'x-atoll': { run: 'once' } }
  const mapped = mapModel({ services: { web, next: { image: 'nginx' }, job } })
  const { app } = mapped
  const problems = mapped.problems.filter(({ severity }) => severity === 'error')
  return {
    routes: app.routes ?? [],
    isRefused: problems.length > 0,
    said: problems.map(({ key, message }) => `${key.replace(/^services\.web\.x-atoll\.routes/, '')}: ${message}`),
  }
}

const least = { host: 'shop.example.org', port: 8080 }

test('a route of host and port alone has every default', () => {
  expect(mapRoutes({ host: 'Shop.example.org', port: 8080 })).toEqual({
    said: [],
    isRefused: false,
    routes: [
      {
        kind: 'http',
        service: 'web',
        match: { host: 'shop.example.org', path: { kind: 'prefix', path: '/' }, methods: [], headers: {}, query: {} },
        targets: [{ service: 'web', port: 8080, weight: 1 }],
        protocol: 'http',
        isHttpsRequired: true,
        balance: 'round-robin',
        timeouts: { connectMs: 400, responseMs: 60_000, idleMs: 3_600_000 },
        allow: [],
        deny: [],
        requestHeaders: { set: {}, add: {}, remove: [] },
        responseHeaders: { set: {}, add: {}, remove: [] },
        retries: { attempts: 3, on: ['empty-response'] },
        isCompressed: false,
        errorPages: {},
      },
    ],
  })
})

const authority = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const hash = `$5$salt$${'a'.repeat(43)}`

test.each<readonly [ComposeMapping, object]>([
  [{ path: '/api/' }, { match: { path: { kind: 'prefix', path: '/api' } } }],
  [{ path: '/%61%2fb' }, { match: { path: { kind: 'prefix', path: '/a%2Fb' } } }],
  [{ path_exact: '/' }, { match: { path: { kind: 'exact', path: '/' } } }],
  [{ path_exact: '/login/' }, { match: { path: { kind: 'exact', path: '/login/' } } }],
  [{ path_exact: '/login' }, { match: { path: { kind: 'exact', path: '/login' } } }],
  [{ path_regex: '^/u/([0-9]+)$' }, { match: { path: { kind: 'regex', pattern: '/u/([0-9]+)' } } }],
  [{ method: ['post', 'GET', 'GET'] }, { match: { methods: ['GET', 'POST'] } }],
  [{ header: { 'X-B': 'yes', 'X-A': '*' } }, { match: { headers: { 'x-a': '*', 'x-b': 'yes' } } }],
  [{ query: { v: '1' } }, { match: { query: { v: '1' } } }],
  [{ protocol: 'h2c' }, { protocol: 'h2c' }],
  [{ https: 'optional' }, { isHttpsRequired: false }],
  [{ weights: { web: 9, next: 1 } }, { targets: [{ service: 'next', port: 8080, weight: 1 }, { weight: 9 }] }],
  [{ strip: true }, { rewrite: '' }],
  [{ path: '/a', rewrite: '/b' }, { rewrite: '/b' }],
  [{ path_regex: '/u/(.*)', rewrite: '/v/\\1' }, { rewrite: '/v/\\1' }],
  [
    { request_headers: { set: { 'X-A': 'a  b' }, remove: ['B'] } },
    { requestHeaders: { set: { 'x-a': 'a  b' }, remove: ['b'] } },
  ],
  [{ timeouts: { response: '1m30s' } }, { timeouts: { connectMs: 400, responseMs: 90_000 } }],
  [{ max_body: '10m' }, { maxBodyBytes: 10_485_760 }],
  [{ retries: { attempts: 0, on: [] } }, { retries: { attempts: 0, on: [] } }],
  [{ rate_limit: { requests: 5, per: '1m0s' } }, { rateLimit: { requests: 5, perMs: 60_000 } }],
  [{ basic_auth: { users: { ann: hash } } }, { basicAuth: { realm: 'Restricted', users: { ann: hash } } }],
  [
    { allow: ['10.0.0.0/8'], deny: ['2001:db8::1'] },
    { allow: ['10.0.0.0/8'], deny: ['2001:db8::1'] },
  ],
  [
    { cors: { origins: ['https://A.example.org'] } },
    { cors: { origins: ['https://a.example.org'], maxAgeMs: 600_000 } },
  ],
  [
    { compression: true, sticky: 'cookie', balance: 'least-connections' },
    { isCompressed: true, sticky: 'cookie' },
  ],
  [
    { maintenance: { page: 'x', retry_after: '10s' } },
    { maintenance: { page: 'x', retryAfterMs: 10_000, except: [] } },
  ],
  [{ error_pages: { '503': '<p>' } }, { errorPages: { '503': '<p>' } }],
  [{ client_certificates: { authority } }, { clientCertificates: { authority, isOptional: false } }],
  [{ client_certificates: { authority, optional: true } }, { clientCertificates: { isOptional: true } }],
  [{ access_log: 'all' }, { loggedShare: 10_000 }],
  [{ access_log: 'none' }, { loggedShare: 0 }],
  [{ access_log: '0.25%' }, { loggedShare: 25 }],
  [{ access_log: '100%' }, { loggedShare: 10_000 }],
])('%j', (fields, route) => {
  const mapped = mapRoutes({ ...least, ...fields })
  expect(mapped.said).toEqual([])
  expect(mapped.routes).toMatchObject([route])
})

test('a redirect has no app behind it', () => {
  const { routes, said } = mapRoutes({ host: 'old.example.org', redirect: { host: 'new.example.org' } })
  expect(said).toEqual([])
  expect(routes).toMatchObject([{ targets: [], redirect: { host: 'new.example.org', status: 308 } }])
})

test('static files have no app behind them, and every default', () => {
  const { routes, said } = mapRoutes(
    { host: 'a.example.org', static: { path: '/site/' } },
    {
      host: 'b.example.org',
      strip: true,
      static: {
        image: 'registry.example.org/site:3',
        path: '/usr/share/nginx/html',
        index: 'start.html',
        fallback: '/start.html',
        not_found: '/404.html',
        cache: { '/assets/': '1y', '/': '10m' },
      },
    },
  )
  expect(said).toEqual([])
  expect(routes).toMatchObject([
    { targets: [], static: { path: '/site', index: 'index.html', cacheSeconds: {} } },
    {
      targets: [],
      rewrite: '',
      static: {
        image: 'registry.example.org/site:3',
        path: '/usr/share/nginx/html',
        index: 'start.html',
        fallback: '/start.html',
        notFound: '/404.html',
        cacheSeconds: { '/': 600, '/assets': 31_536_000 },
      },
    },
  ])
})

test('ports as they are and TLS as it is are routes of their own', () => {
  const { routes, said } = mapRoutes(
    { protocol: 'tls', host: '*.db.example.org', port: 5432 },
    { protocol: 'tcp', listen: 5432, port: 5432, allow: ['10.0.0.0/8'] },
  )
  expect(said).toEqual([])
  expect(routes).toMatchObject([
    { kind: 'tcp', listen: 5432, allow: ['10.0.0.0/8'] },
    { kind: 'tls', listen: 443, host: '*.db.example.org' },
  ])
})

describe('what is wrong is told where it stands, and deploys nothing', () => {
  test.each<readonly [ComposeMapping, string]>([
    [{ port: 1 }, '[0]: says no host'],
    [{ host: 'a.example.org' }, '[0]: says no port'],
    [{ ...least, host: 'a_b' }, '[0].host: "a_b" is no name of a host'],
    [{ ...least, host: '*.org' }, '[0].host: "*.org" is no name of a host'],
    [{ ...least, host: 'a b' }, '[0].host: "a b" is no name of a host'],
    [{ ...least, path: 'api' }, '[0].path: the path "api" does not begin with a slash'],
    [{ ...least, path: '/a//b' }, '[0].path: the path has two slashes in a row'],
    [{ ...least, path: '/a/../b' }, '[0].path: the path has . or .. in it'],
    [{ ...least, path: '/a b' }, '[0].path: the path has characters that have to be written as %20'],
    [{ ...least, path: '/a', path_exact: '/b' }, '[0]: says path and path_exact'],
    [{ ...least, path_regex: '/(a+)+' }, '[0].path_regex: the pattern repeats a group that repeats'],
    [{ ...least, method: ['G T'] }, '[0].method[0]: "G T" is no method'],
    [{ ...least, header: { 'a:b': 'c' } }, '[0].header.a:b: "a:b" is no name of a header'],
    [{ ...least, header: { a: 'b\nc' } }, '[0].header.a: has characters that no header may have'],
    [{ ...least, request_headers: { set: { a: ' ' } } }, '[0].request_headers.set.a: is empty'],
    [{ ...least, query: { 'a,b': 'c' } }, '[0].query.a,b: "a,b" is no name of a parameter'],
    [{ ...least, weights: { webb: 1 } }, '[0].weights.webb: the app has no service webb'],
    [{ ...least, weights: { web: 0 } }, '[0].weights: all weights are 0'],
    [{ ...least, weights: { job: 1 } }, '[0]: job runs to its end and answers nobody'],
    [{ ...least, strip: true, rewrite: '/b' }, '[0].rewrite: the path is stripped and rewritten'],
    [{ ...least, path_regex: '/.*', strip: true }, '[0].strip: a pattern has no prefix'],
    [{ ...least, path_regex: '/(?:a)', rewrite: '/\\1' }, '[0].rewrite: names group 1 of a pattern with 0'],
    [{ ...least, request_headers: { set: { 'Content-Length': '1' } } }, '[0].request_headers: content-length says'],
    [{ ...least, timeouts: { idle: '25d' } }, '[0].timeouts.idle: is not between 1ms and 24 days'],
    [{ ...least, rate_limit: { requests: 1 } }, '[0].rate_limit: does not say how many'],
    [{ ...least, basic_auth: { users: { ann: 'geheim' } } }, '[0].basic_auth.users.ann: is no hash'],
    [{ ...least, basic_auth: { users: { 'a:b': hash } } }, '[0].basic_auth.users.a:b: "a:b" is no name'],
    [{ ...least, basic_auth: { users: {} } }, '[0].basic_auth: names no users'],
    [{ ...least, basic_auth: { users: { a: `$2b$12$${'a'.repeat(53)}` } } }, '[0].basic_auth.users.a: is no hash'],
    [{ ...least, allow: ['10.0.0.0/33'] }, '[0].allow[0]: "10.0.0.0/33" is no address'],
    [{ ...least, access_log: 'some' }, '[0].access_log: "some" is no part of the requests'],
    [{ ...least, access_log: '0%' }, '[0].access_log: "0%" is no part'],
    [{ ...least, access_log: '101%' }, '[0].access_log: "101%" is no part'],
    [{ protocol: 'tcp', listen: 5432, port: 1, access_log: 'all' }, '[0].access_log: access_log means nothing'],
    [{ ...least, cors: { origins: [] } }, '[0].cors: names no origins'],
    [{ ...least, cors: { origins: ['https://a/b'] } }, '[0].cors.origins[0]: "https://a/b" is no origin'],
    [{ ...least, cors: { origins: ['*'], credentials: true } }, '[0].cors: would send cookies'],
    [{ ...least, error_pages: { '418': 'x' } }, '[0].error_pages.418: the ingress never answers 418'],
    [{ ...least, error_pages: { '503': 'x'.repeat(8_001) } }, '[0].error_pages.503: is longer than'],
    [{ ...least, maintenance: { except: ['10.0.0.1'] } }, '[0].maintenance: says no page'],
    [{ ...least, client_certificates: {} }, '[0].client_certificates.authority: holds no certificate'],
    [
      { ...least, https: 'optional', client_certificates: { authority } },
      '[0].https: nobody shows a certificate without TLS',
    ],
    [
      { protocol: 'tls', ...least, client_certificates: { authority } },
      '[0].client_certificates: client_certificates cannot be seen inside of TLS',
    ],
    [{ ...least, listen: 81 }, '[0].listen: HTTP is answered on the ports of the ingress'],
    [{ protocol: 'udp', listen: 53, port: 53 }, '[0].protocol: udp cannot be routed'],
    [{ protocol: 'tcp', port: 5432 }, '[0]: says no port of the nodes'],
    [{ protocol: 'tcp', port: 5432, listen: 8443 }, '[0].listen: port 8443 of a node is taken by the platform'],
    [{ protocol: 'tcp', port: 1, listen: 99, path: '/a' }, '[0].path: path means nothing for a port as it is'],
    [{ protocol: 'tls', ...least, path: '/a' }, '[0].path: path cannot be seen inside of TLS'],
    [{ host: 'a.example.org', redirect: { scheme: 'https' } }, '[0].redirect: leads to where it comes from'],
    [{ host: 'a.example.org', redirect: { path: '/b', status: 200 } }, '[0].redirect.status: 200 is no redirect'],
    [{ host: 'a.example.org', static: {} }, '[0].static: says no folder of the image'],
    [{ host: 'a.example.org', static: { path: '/' } }, '[0].static.path: the whole image is no site'],
    [{ host: 'a.example.org', static: { path: '/a/../b' } }, '[0].static.path: "/a/../b" is no folder of an image'],
    [{ host: 'a.example.org', static: { folder: './public' } }, '[0].static.folder: a folder comes to the nodes in'],
    [{ host: 'a.example.org', static: { path: '/a', image: 'a b' } }, '[0].static.image: "a b" is no image'],
    [{ host: 'a.example.org', static: { path: '/a', index: 'a/b' } }, '[0].static.index: "a/b" is no name of a file'],
    [{ host: 'a.example.org', static: { path: '/a', fallback: '/' } }, '[0].static.fallback: is no file'],
    [{ host: 'a.example.org', static: { path: '/a', not_found: 'x' } }, '[0].static.not_found: the path "x" does not'],
    [{ host: 'a.example.org', static: { path: '/a', cache: { '/x': '2y' } } }, '[0].static.cache./x: is no time from'],
    [{ ...least, static: { path: '/a' } }, '[0].port: port means nothing for static files'],
    [{ host: 'a.example.org', static: { path: '/a' }, redirect: { path: '/b' } }, '[0].static: static means nothing'],
    [{ ...least, redirect: { path: '/b' } }, '[0].port: port means nothing for a redirect'],
  ])('%j: %s', (route, message) => {
    const { said, isRefused } = mapRoutes(route)
    expect(said[0]).toContain(message)
    expect(isRefused).toBe(true)
  })

  test('two that match the same, by the line of the other', () => {
    const same: ComposeValue = { ...least, path: '/a/' }
    expect(mapRoutes({ ...least, path: '/a' }, same).said).toEqual([
      '[1]: shop.example.org/a is a route already, at line 6',
    ])
  })
})

test('two of one host that ask for different authorities are told at the second', () => {
  const other = { client_certificates: { authority: authority.replace('AAAA', 'BBBB') } }
  const { said } = mapRoutes(
    { ...least, client_certificates: { authority } },
    { ...least, path: '/a', ...other },
    { ...least, host: 'else.example.org', ...other },
  )
  expect(said).toEqual([
    '[0]: shop.example.org/ asks for certificates of another authority than shop.example.org/a, at line 6',
  ])
})

test('a file is told line and column, of keys and of what they mean', () => {
  const head = ['services:', '  web:', '    image: nginx', '    x-atoll:', '      routes:']
  const write = (line: string): string => [...head, '        - host: a.example.org', `          ${line}`].join('\n')
  expect(renderProblems(write('prot: 80'))).toEqual([
    'compose.yaml:7:11 services.web.x-atoll.routes[0].prot: unknown key prot',
  ])
  const { project } = loadTexts({ 'compose.yaml': `${write('path: /a b')}\n          port: 80` })
  const { problems } = project === undefined ? { problems: [] } : toApp(project, { environment: 'production' })
  expect(problems).toMatchObject([
    { path: 'compose.yaml', line: 7, column: 11, key: 'services.web.x-atoll.routes[0].path', severity: 'error' },
  ])
})
