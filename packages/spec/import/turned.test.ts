import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { importLabels } from './import-labels.ts'

/** Routes of one service with these labels, and what is told of them, by the key of the label. */
const turn = (
  labels: Readonly<Record<string, string>>,
): { readonly routes: unknown; readonly told: readonly string[] } => {
  const text = JSON.stringify({ services: { web: { image: 'web', labels } } }, undefined, 2)
  const imported = importLabels(text, 'compose.yaml')
  const file = parse(imported.text) as { services: { web: { 'x-atoll'?: { routes: unknown } } } }
  const told = imported.problems.map(
    ({ severity, key, message }) => `${severity} ${key.replace('services.web.labels.', '')}: ${message}`,
  )
  return { routes: file.services.web['x-atoll']?.routes ?? [], told }
}

const router = (rule: string, options: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'traefik.http.routers.r.rule': rule,
  'traefik.http.routers.r.entrypoints': 'websecure',
  'traefik.http.services.s.loadbalancer.server.port': '80',
  ...Object.fromEntries(Object.entries(options).map(([key, value]) => [`traefik.http.${key}`, value])),
})

const through = (kind: string, options: Readonly<Record<string, string>>, path = '/p') =>
  turn(
    router(`Host(\`a.b\`) && PathPrefix(\`${path}\`)`, {
      'routers.r.middlewares': 'm',
      ...Object.fromEntries(Object.entries(options).map(([key, value]) => [`middlewares.m.${kind}${key}`, value])),
    }),
  )

describe('a rule becomes', () => {
  test.each([
    ['Host(`A.B`) && Path(`/x`)', { host: 'a.b', path_exact: '/x' }],
    ['Host(`a.b`) && Path(`/x/`)', { host: 'a.b', path_regex: '/x/' }],
    ['Host(`a.b`) && PathPrefix(`/`)', { host: 'a.b' }],
    ['Host(`a.b`) && PathPrefix(`/x/`)', { host: 'a.b', path: '/x' }],
    ['Host(`a.b`) && PathPrefix(`/u/{id:[0-9]+}`)', { host: 'a.b', path_regex: '/u/([0-9]+).*' }],
    ['Host(`a.b`) && PathRegexp(`^/u/[0-9]+`)', { host: 'a.b', path_regex: '/u/[0-9]+.*' }],
    ['Host(`a.b`) && PathRegexp(`\\.php$$`)', { host: 'a.b', path_regex: '.*\\.php' }],
    ['Host(`a.b`) && Method(`GET`, `PUT`)', { host: 'a.b', method: ['GET', 'PUT'] }],
    ['Host(`a.b`) && Header(`X-A`, `1`) && Headers(`X-B`, `2`)', { host: 'a.b', header: { 'X-A': '1', 'X-B': '2' } }],
    ['Host(`a.b`) && Query(`a=1`, `b=2`)', { host: 'a.b', query: { a: '1', b: '2' } }],
    ['Host(`a.b`) && Query(`a`, `1`)', { host: 'a.b', query: { a: '1' } }],
    ['HostRegexp(`{any:[a-z]+}.a.b`)', { host: '*.a.b' }],
    ['HostRegexp(`^[^.]+\\.a\\.b$$`)', { host: '*.a.b' }],
    ['Host(`${NAME:-www}.a.b`)', { host: '${NAME:-www}.a.b' }],
  ])('%s', (rule, match) => {
    expect(turn(router(rule)).routes).toEqual([{ ...match, port: 80 }])
  })
})

describe('a rule stays', () => {
  test.each([
    ['PathPrefix(`/x`)', 'is for every host'],
    ['Host(`a.b`) && Host(`c.d`)', 'asks for two of host at once'],
    ['Host(`a.b`) && Path(`/x`) && PathPrefix(`/y`)', 'compares the path in two ways'],
    ['Host(`a.b`) && ClientIP(`10.0.0.0/8`)', 'the rule has clientip'],
    ['Host(`a.b`) && HeaderRegexp(`X`, `.*`)', 'the rule has headerregexp'],
    ['HostRegexp(`.*`)', 'is no *.example.org'],
    ['Host(`a_b!`)', 'host: "a_b!" is no name of a host'],
    ['Host(`a.b`) && PathRegexp(`^/(a+)+$$`)', 'path_regex: the pattern'],
    ['Host(`a.b`) && PathRegexp(`^/${X}`)', 'has a variable in a pattern'],
  ])('%s', (rule, message) => {
    const { routes, told } = turn(router(rule))
    expect(routes).toEqual([])
    expect(told[0]).toContain(message)
    expect(told).toHaveLength(3)
  })
})

describe('a middleware becomes', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, object]>([
    ['addprefix', { '.prefix': '/x' }, { rewrite: '/x/p' }],
    ['stripprefix', { '.prefixes': '/q,/p' }, { strip: true }],
    ['replacepath', { '.path': '/x' }, { path_regex: '/p(?:/.*)?', rewrite: '/x' }],
    ['compress', { '': 'true' }, { compression: true }],
    ['buffering', { '.maxRequestBodyBytes': '1000' }, { max_body: 1000 }],
    ['retry', { '.attempts': '4' }, { retries: { attempts: 3 } }],
    ['ipallowlist', { '.sourcerange': '10.0.0.0/8,127.0.0.1' }, { allow: ['10.0.0.0/8', '127.0.0.1'] }],
    ['ratelimit', { '.average': '10', '.period': '1m' }, { rate_limit: { requests: 10, per: '1m' } }],
    ['redirectscheme', { '.scheme': 'https' }, {}],
    [
      'headers',
      {
        '.customRequestHeaders.X-A': '1',
        '.customResponseHeaders.Server': '',
        '.frameDeny': 'true',
        '.accessControlAllowOriginList': 'https://c.d',
        '.accessControlMaxAge': '60',
      },
      {
        request_headers: { set: { 'X-A': '1' } },
        response_headers: { set: { 'X-Frame-Options': 'DENY' }, remove: ['Server'] },
        cors: { origins: ['https://c.d'], max_age: '60s' },
      },
    ],
  ])('%s %j', (kind, options, keys) => {
    const match = 'path_regex' in keys ? {} : { path: '/p' }
    expect(through(kind, options).routes).toEqual([{ host: 'a.b', ...match, port: 80, ...keys }])
  })

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['forwardauth', { '.address': 'http://sso' }, 'forwardauth is not turned'],
    ['stripprefix', { '.prefixes': '/q' }, 'takes off another prefix'],
    ['ipallowlist', { '.sourcerange': 'here' }, '"here" is no address'],
    ['ipallowlist', { '.sourcerange': '10.0.0.1', '.ipstrategy.depth': '1' }, 'ipstrategy.depth has no counterpart'],
    ['basicauth', { '.users': 'ann:$$apr1$$x' }, 'is no hash of a password'],
    ['headers', { '.isDevelopment': 'true' }, 'isdevelopment has no counterpart'],
    ['compress', { '': 'maybe' }, 'is neither true nor false'],
    ['redirectscheme', { '.scheme': 'http' }, 'leads to what is no https'],
    ['ratelimit', { '.average': 'many' }, 'rate_limit'],
  ])('nothing of %s %j', (kind, options, message) => {
    const { routes, told } = through(kind, options)
    expect(routes).toEqual([])
    expect(told.join('\n')).toContain(message)
  })
})

test('copies of requests are to be written by hand', () => {
  const labels = { 'services.s.mirroring.service': 's', 'services.s.mirroring.mirrors[0].name': 'next' }
  const { routes, told } = turn(router('Host(`a.b`)', labels))
  expect(routes).toEqual([])
  expect(told.join('\n')).toContain('sends copies of requests elsewhere')
})

test('a route that is there already is one also where another service is asked about it', () => {
  const text = [
    'services:',
    '  web:',
    '    image: web',
    '    labels: ["traefik.http.routers.r.rule=Host(`a.b`)"]',
    '    expose: [80]',
    '    x-atoll:',
    '      routes: [{host: a.b, port: 80, forward_auth: {service: auth, port: 90}, mirror: {service: auth, port: 91}, weights: {next: 1}}]',
    '  auth: {image: auth}',
    '  next: {image: next}',
  ].join('\n')
  const { text: imported, problems } = importLabels(text, 'x.yaml')
  expect(imported).toBe(text)
  expect(problems.map(({ message }) => message).join()).toContain('a route of web')
})

describe('a pattern that changes paths has a route of its own', () => {
  test.each([
    ['/', '^/old/(.*)', '/new/$$1', '/old/(.*)', '/new/\\1'],
    ['/p', '^/p/(a|b)$$', '/$${1}', '/p/(a|b)', '/\\1'],
    ['/p', '^/p', '/q', '/p(.*)', '/q\\1'],
  ])('below %s: %s by %s', (path, regex, replacement, ...[pattern, rewrite]) => {
    const own = path === '/' ? {} : { path }
    expect(through('replacepathregex', { '.regex': regex, '.replacement': replacement }, path).routes).toEqual([
      { host: 'a.b', path_regex: pattern, port: 80, rewrite },
      { host: 'a.b', ...own, port: 80 },
    ])
  })

  test.each([
    ['^/other/(.*)', '/$$1', 'fits paths that are not below /p'],
    ['/p/(.*)', '/$$1', 'fits paths that are not below /p'],
    ['^/pp/(.*)', '/$$1', 'fits paths that are not below /p'],
    ['^/p/(.*)', '/$$name', 'names no group by a number'],
    ['^/p/(.*)', '/$$2', 'names group 2 of a pattern with 1'],
    ['^/p/((a+)+)$$', '/$$1', 'the pattern repeats a group'],
  ])('or stays: %s by %s', (regex, replacement, message) => {
    const { routes, told } = through('replacepathregex', { '.regex': regex, '.replacement': replacement })
    expect(routes).toEqual([])
    expect(told.join('\n')).toContain(message)
  })
})

test('labels of a router that stays are all told', () => {
  expect(turn(router('Host(`a.b`)', { 'routers.r.middlewares': 'here@file' })).told).toEqual([
    'error traefik.http.routers.r.rule: stays with the router r, which was not turned',
    'error traefik.http.routers.r.entrypoints: stays with the router r, which was not turned',
    'error traefik.http.services.s.loadbalancer.server.port: stays with the router r, which was not turned',
    'error traefik.http.routers.r.middlewares: the middleware here@file is not in this file',
  ])
})

test('routers for HTTP and HTTPS become one route, which requires it only where HTTP is answered by nobody', () => {
  const both = (options: Readonly<Record<string, string>>) =>
    turn(router('Host(`a.b`)', { 'routers.h.rule': 'Host(`a.b`)', 'routers.h.entrypoints': 'web', ...options }))
  expect(both({})).toEqual({ routes: [{ host: 'a.b', port: 80, https: 'optional' }], told: [] })
  const sent = { 'routers.h.middlewares': 'm', 'middlewares.m.redirectscheme.scheme': 'https' }
  expect(both(sent)).toEqual({ routes: [{ host: 'a.b', port: 80 }], told: [] })
  const different = { 'routers.h.middlewares': 'm', 'middlewares.m.compress': 'true' }
  expect(both(different).told[0]).toContain('stays with')
  expect(both(different).told.join('\n')).toContain('is for the same requests as the router r')
})

test('a pattern that would take requests of another router stays, and so does that of a whole prefix', () => {
  const both = (rule: string, options: Readonly<Record<string, string>>) =>
    turn(router('Host(`a.b`) && PathPrefix(`/p/q`)', { 'routers.h.rule': rule, ...options })).told.join('\n')
  const message = 'has requests in common with the router r: a pattern answers before any prefix'
  expect(both('Host(`a.b`) && PathRegexp(`^/p/.*`)', {})).toContain(message)
  expect(both('Host(`a.b`) && PathRegexp(`^/p/[0-9]+$$`)', {})).toBe('')
  const replaced = { 'routers.h.middlewares': 'm', 'middlewares.m.replacepath.path': '/x' }
  expect(both('Host(`a.b`) && PathPrefix(`/p`)', replaced)).toContain(message)
})

test('TLS that is passed on, and a port as it is', () => {
  const tcp = (options: Readonly<Record<string, string>>) =>
    turn(Object.fromEntries(Object.entries(options).map(([key, value]) => [`traefik.tcp.${key}`, value])))
  const target = { 'services.t.loadbalancer.server.port': '5432' }
  const passed = { 'routers.t.rule': 'HostSNI(`db.a.b`)', 'routers.t.tls.passthrough': 'true', ...target }
  expect(tcp({ ...passed, 'routers.t.entrypoints': 'websecure' }).routes).toEqual([
    { protocol: 'tls', host: 'db.a.b', port: 5432 },
  ])
  const plain = { 'routers.t.rule': 'HostSNI(`*`)', ...target }
  expect(tcp({ ...plain, 'routers.t.entrypoints': 'postgres' }).told.join()).toContain('nobody here knows the port')
  expect(tcp({ ...plain, 'routers.t.entrypoints': 'db-5432', 'routers.t.tls': 'true' }).told.join()).toContain(
    'TLS would end',
  )
})

describe('labels of Caddy', () => {
  const site = (labels: Readonly<Record<string, string>>) =>
    turn({ caddy: 'a.b', ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [`caddy.${key}`, value])) })

  test.each<readonly [Readonly<Record<string, string>>, readonly object[]]>([
    [{ reverse_proxy: '/x/* {{upstreams 80}}' }, [{ host: 'a.b', path: '/x', port: 80 }]],
    [{ reverse_proxy: 'web:81', 'reverse_proxy.lb_policy': 'cookie' }, [{ host: 'a.b', port: 81, sticky: 'cookie' }]],
    [
      { handle: '/x/*', 'handle.reverse_proxy': '{{upstreams 80}}', 'handle.header': 'X-A 1', header: '-Server' },
      [{ host: 'a.b', path: '/x', port: 80, response_headers: { set: { 'X-A': '1' }, remove: ['Server'] } }],
    ],
    [
      { redir: 'https://c.d{uri} permanent' },
      [{ host: 'a.b', redirect: { scheme: 'https', host: 'c.d', status: 301 } }],
    ],
  ])('%j', (labels, routes) => {
    expect(site(labels)).toEqual({ routes, told: [] })
  })

  test.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ reverse_proxy: 'other:80' }, 'leads to other:80'],
    [{ reverse_proxy: '{{upstreams}}' }, 'says no port'],
    [{ reverse_proxy: '@api {{upstreams 80}}' }, '@api is no path'],
    [{ reverse_proxy: '{{upstreams https 443}}' }, 'asks the tasks by https'],
    [
      { reverse_proxy: '{{upstreams 80}}', 'tls.client_auth.mode': 'require_and_verify' },
      'asks for certificates of clients',
    ],
    [{ import: 'common' }, 'import is not turned'],
    [{ encode: 'gzip' }, 'nothing answers'],
    [{ handle_path: '/x*', 'handle_path.reverse_proxy': '{{upstreams 80}}' }, 'ends within a segment'],
    [{}, 'nothing answers'],
  ])('%j stay', (labels, message) => {
    const { routes, told } = site(labels)
    expect(routes).toEqual([])
    expect(told.join('\n')).toContain(message)
  })
})

describe('the file', () => {
  test('that is none is told where', () => {
    expect(importLabels('a: [', 'x.yaml')).toMatchObject({ text: 'a: [', problems: [{ path: 'x.yaml', line: 1 }] })
  })

  test('keeps what it has of ours, its line ends, and labels that several services share', () => {
    const text = [
      'x-labels: &shared',
      '  traefik.http.routers.s.rule: Host(`s.b`)',
      'services:',
      '  one: {image: one, labels: *shared}',
      '  two:',
      '    image: two',
      '    labels: ["traefik.http.routers.r.rule=Host(`a.b`)", "other=1"]',
      '    expose: [80]',
      '    x-atoll:',
      '      routes: [{host: c.d, port: 81}]',
      '',
    ].join('\r\n')
    const { text: imported, problems } = importLabels(text, 'x.yaml')
    expect(problems).toMatchObject([{ line: 4, key: 'services.one.labels', severity: 'error' }])
    expect(imported.split('\r\n')).toEqual([
      'x-labels: &shared',
      '  traefik.http.routers.s.rule: Host(`s.b`)',
      'services:',
      '  one: {image: one, labels: *shared}',
      '  two:',
      '    image: two',
      '    labels: ["other=1"]',
      '    expose: [80]',
      '    x-atoll:',
      '      routes: [{host: c.d, port: 81}, {host: a.b, port: 80, https: optional}]',
      '',
    ])
  })
})
