import { describe, expect, test } from 'vitest'
import { toApp } from '../to-app.ts'
import { loadTexts } from '../compose/load-texts.ts'
import { describeRoute } from '../route-order.ts'
import type { Route } from '../route.ts'
import { examineRoutes } from './examine-routes.ts'
import { parseRequest, type RouteRequest } from './request.ts'

const file = `
name: shop
services:
  web:
    image: shop
    x-atoll:
      routes:
        - {host: shop.example.org, port: 80}
        - {host: shop.example.org, path: /api, port: 80}
        - {host: shop.example.org, path: /api, method: [POST], port: 80}
        - {host: shop.example.org, path: /api, header: {X-Beta: 'yes'}, query: {v: '1'}, port: 80}
        - {host: re.example.org, path_regex: '/u/[0-9]+', port: 80}
        - {host: '*.example.org', port: 80}
        - {host: other.example.net, port: 80}
        - {protocol: tls, host: '*.db.example.org', port: 5432}
        - {protocol: tcp, listen: 5432, port: 5432}
`

const routesOf = (text: string): readonly Route[] => {
  const { project, problems } = loadTexts({ 'compose.yaml': text })
  if (project === undefined) throw new Error(JSON.stringify(problems))
  return toApp(project, { environment: 'production' }).app.routes ?? []
}

const routes = routesOf(file)

const requestOf = (url: string, options = {}): RouteRequest => {
  const parsed = parseRequest(url, options)
  if (parsed.kind === 'error') throw new Error(parsed.message)
  return parsed.value
}

const answerOf = (url: string, options = {}): string => {
  const { answer } = examineRoutes(routes, requestOf(url, options))
  return answer.kind === 'route' ? describeRoute(answer.route) : answer.kind
}

// That HAProxy says the same of any request, packages/ingress/examined.property.slow.test.ts looks at.
describe('the route that answers', () => {
  test.each([
    ['shop.example.org', {}, 'shop.example.org/'],
    ['http://SHOP.example.org./api/x?y', {}, 'shop.example.org/api'],
    ['https://shop.example.org/apis', {}, 'shop.example.org/'],
    ['https://shop.example.org/x/..//%61pi', {}, 'shop.example.org/api'],
    ['https://shop.example.org/api', { method: 'post' }, 'POST shop.example.org/api'],
    [
      'https://shop.example.org/api?a=2&v=1',
      { method: 'POST', headers: ['x-beta:yes'] },
      'shop.example.org/api (header x-beta: yes, query v=1)',
    ],
    ['https://re.example.org/u/1', {}, 're.example.org ~ /u/[0-9]+'],
    ['https://re.example.org/v', {}, '*.example.org/'],
    ['https://re.example.org/u/1%2F', {}, 'refused'],
    ['https://shop.example.org/x/..%2fapi', {}, 'refused'],
    ['https://shop.example.org/x%2Fy', {}, 'shop.example.org/'],
    ['https://shop.example.org/100%', {}, 'refused'],
    ['https://a.b.example.org', {}, 'none'],
    ['https://a.db.example.org', {}, 'tls *.db.example.org on port 443'],
    ['http://a.db.example.org', {}, 'none'],
    ['http://anything:5432', {}, 'tcp port 5432'],
    ['https://shop.example.org:444', {}, 'none'],
  ])('%s %j is %s', (url, options, expected) => {
    expect(answerOf(url, options)).toBe(expected)
  })
})

const whyOf = (url: string, options = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    examineRoutes(routes, requestOf(url, options)).others.map(({ route, why }) => [describeRoute(route), why.text]),
  )

describe('why another does not', () => {
  test('of one host', () => {
    expect(whyOf('https://shop.example.org/api', { headers: ['X-Beta: no'] })).toEqual({
      'shop.example.org/': 'fits, and shop.example.org/api is more specific',
      'POST shop.example.org/api': 'the method is GET',
      'shop.example.org/api (header x-beta: yes, query v=1)': 'its header x-beta is no',
      're.example.org ~ /u/[0-9]+': 'the host is shop.example.org',
      '*.example.org/': 'fits, and shop.example.org/api is more specific',
      'other.example.net/': 'the host is shop.example.org',
      'tls *.db.example.org on port 443': 'the host is shop.example.org',
      'tcp port 5432': 'the port is 443',
    })
  })

  test('of a path, a parameter and a port', () => {
    expect(whyOf('https://shop.example.org/b')['shop.example.org/api']).toBe('the path is /b')
    expect(whyOf('https://re.example.org/u/x')['re.example.org ~ /u/[0-9]+']).toBe('the path is /u/x')
    const beta = 'shop.example.org/api (header x-beta: yes, query v=1)'
    expect(whyOf('https://shop.example.org/api?v', { headers: ['X-Beta: yes'] })[beta]).toBe('it has no parameter v')
    expect(whyOf('http://shop.example.org:5432')['shop.example.org/']).toBe(
      'port 5432 is passed on as it is by tcp port 5432',
    )
    expect(whyOf('https://shop.example.org/100%')['shop.example.org/']).toBe('the request is refused before any route')
  })

  test('what a client says of itself is no header that a route sees', () => {
    const proto = routesOf(`${file}        - {host: p.example.org, header: {X-Forwarded-Proto: http}, port: 80}\n`)
    const request = requestOf('https://p.example.org', { headers: ['X-Forwarded-Proto: http'] })
    const { answer } = examineRoutes(proto, request)
    expect(answer).toMatchObject({ kind: 'route', route: { match: { host: '*.example.org' } } })
  })
})

test.each([
  ['', {}, '"" is no address'],
  ['ftp://a.example.org', {}, 'is no address'],
  ['https://a.example.org:99999', {}, 'is no address'],
  ['https://ann:secret@a.example.org', {}, 'is no address'],
  ['a.example.org', { method: 'GE T' }, '"GE T" is no method'],
  ['a.example.org', { headers: ['X'] }, '"X" is no header'],
  ['a.example.org', { headers: ['Host: b'] }, 'the host stands in the address'],
])('%j %j is no request: %s', (url, options, message) => {
  expect(parseRequest(url, options)).toMatchObject({ kind: 'error', message: expect.stringContaining(message) })
})

test('a space and an umlaut go over the line as a browser writes them', () => {
  expect(requestOf('a.example.org/ü b?q=ö')).toMatchObject({ path: '/%C3%BC%20b', query: 'q=%C3%B6' })
})
