import { describeRoute, examineRoutes, parseRequest, type Route, type RouteRequest } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { environmentOfRoutes, matches, withoutConflicts } from './testing/arbitraries.ts'
import { startIngress, type TestIngress } from './testing/ingress.ts'

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

/** One place, and every kind of condition there. */
const conditions = [
  ...['1', '*', '% $'].map((value) => ({ query: { q: value } })),
  ...['1', '*', '\' "'].map((value) => ({ header: { 'X-A': value } })),
  { header: { 'X-Forwarded-Proto': 'https' } },
  { method: ['POST'] },
  { path_regex: '/a/.*' },
].map((condition) => ({ host: 'a.example.org', ...condition }))

/** Each names itself in its answer, also where the ingress makes that, as there are no tasks. */
const routes = fc.array(fc.oneof(matches, some(...conditions)), { minLength: 1, maxLength: 10 }).map((written) =>
  withoutConflicts(
    written.map((match, index) => ({
      ...match,
      port: 80,
      https: 'optional',
      response_headers: { set: { 'X-Route': String(index) } },
    })),
  ),
)

const segments = [
  'a',
  'a',
  'b',
  'a.b',
  '%61',
  '%20',
  "it's",
  '',
  '.',
  '..',
  '%2e%2E',
  '%2F',
  '%5c',
  '%00',
  '%',
  '%zz',
  'a%2fb',
]
const parameters = ['q=1', 'q=', 'q', 'q=2', 'q=%25+%24', 'q=%25%20$', 'Q=1', 'xq=1', 'x=%']
const questions = fc
  .record({
    scheme: some('http', 'http', 'https'),
    host: some('a.example.org', 'a.example.org', 'A.Example.org', 'b.example.org.', 'c.example.org', 'example.org'),
    path: fc
      .oneof(some([], ['a']), fc.array(some(...segments), { maxLength: 4 }))
      .map((parts) => `/${parts.join('/')}`),
    query: fc.tuple(fc.array(some(...parameters), { maxLength: 3 }), some('&', ';')),
    method: some('GET', 'POST', 'PUT'),
    headers: fc.array(some('X-A: 1', 'X-A: 2', 'X-A:', 'X-A: \' "', 'X-B: 1'), { maxLength: 2 }),
  })
  .map(({ scheme, host, path, query: [parts, between], method, headers }) => {
    const query = parts.length === 0 ? '' : `?${parts.join(between)}`
    return { url: `${scheme}://${host}${path}${query}`, method, headers }
  })

const requestOf = ({
  url,
  ...options
}: {
  readonly url: string
  readonly method: string
  readonly headers: readonly string[]
}): RouteRequest => {
  const parsed = parseRequest(url, options)
  if (parsed.kind === 'error') throw new Error(parsed.message)
  return parsed.value
}

const nameOf = (route: Route): string =>
  route.kind === 'http' ? (route.responseHeaders.set['x-route'] ?? '') : describeRoute(route)

/** What the pure function says: the name of a route, or the status of the ingress. */
const foretell = (all: readonly Route[], request: RouteRequest): string => {
  const { answer } = examineRoutes(all, request)
  return answer.kind === 'route' ? nameOf(answer.route) : answer.kind === 'refused' ? '400' : '404'
}

const askHaproxy = async (ingress: TestIngress, request: RouteRequest): Promise<string> => {
  const { authority, path, query, method, isTls } = request
  const headers: Record<string, string[]> = {}
  for (const [name, value] of request.headers) headers[name] = [...(headers[name] ?? []), value]
  const where = { host: authority, path: query === '' ? path : `${path}?${query}`, method, isTls }
  const answer = await ingress.ask({ ...where, headers })
  return String(answer.headers['x-route'] ?? answer.status)
}

test('HAProxy takes the route that the pure answer names, whatever is asked', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(routes, fc.array(questions, { minLength: 60, maxLength: 60 }), async (written, asked) => {
      const environment = { ...environmentOfRoutes('shop', written), endpoints: {} }
      await using ingress = await startIngress([environment])
      const requests = asked.map(requestOf)
      const said: string[] = []
      for (const request of requests) said.push(await askHaproxy(ingress, request))
      const foretold = requests.map((request) => foretell(environment.routes, request))
      const differing = asked.flatMap((question, index) =>
        said[index] === foretold[index] ? [] : [{ question, said: said[index], foretold: foretold[index] }],
      )
      expect({ written, differing }).toEqual({ written, differing: [] })
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

test('TLS that is passed on as it is comes before HTTP of any host', async () => {
  const passed = { protocol: 'tls', host: '*.example.org', port: 80 }
  const answered = ['a.example.org', 'example.org'].map((host) => ({
    host,
    port: 80,
    https: 'optional',
    response_headers: { set: { 'X-Route': host } },
  }))
  const all = (https: number) => environmentOfRoutes('shop', [...answered, { ...passed, listen: https }])
  await using ingress = await startIngress(({ https }) => [{ ...all(https), endpoints: {} }])
  const { httpsPort } = ingress
  for (const host of ['a.example.org', 'b.example.org', 'example.org', 'A.EXAMPLE.ORG']) {
    const request = { ...requestOf({ url: `https://${host}/`, method: 'GET', headers: [] }), port: httpsPort }
    const { answer } = examineRoutes(all(httpsPort).routes, request, { http: 80, https: httpsPort })
    const foretold = answer.kind === 'route' ? answer.route.kind : answer.kind
    // Nobody is there to end what is passed on.
    const said = await askHaproxy(ingress, request).then(
      () => 'http',
      () => 'tls',
    )
    expect([host, said]).toEqual([host, foretold])
  }
})
