import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadTexts } from '../compose/load-texts.ts'
import { hasErrors } from '../problem.ts'
import { toApp } from '../to-app.ts'
import { importLabels } from './import-labels.ts'

const some = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)

const rules = fc
  .array(
    some(
      'Host(`a.b`)',
      'Host(`c.d`, `${X}.e`)',
      'PathPrefix(`/p`)',
      'Path(`/q/`)',
      'PathRegexp(`^/[0-9]+`)',
      'HostRegexp(`{a:.+}.b`)',
      'Method(`GET`)',
      'Headers(`X`, `$$`)',
      'Query(`a=1`)',
      '!',
      '(',
      ')',
      ' && ',
      ' && ',
      ' || ',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

const values = fc.oneof(
  rules,
  some(
    '80',
    'true',
    'web',
    'websecure',
    'web,websecure',
    'm',
    'm,n',
    's',
    'https',
    '/p',
    '10.0.0.0/8',
    '1m',
    'a.b',
    '${X}',
  ),
  some(
    'https://c.d{uri} 301',
    '/old /new',
    '{{upstreams 80}}',
    '/p/* {{upstreams}}',
    'gzip',
    '-Server',
    'X-A 1',
    'a.b, http://c.d',
  ),
  fc.string({ maxLength: 12 }),
)

const options =
  `rule rule rule rule entrypoints entrypoints middlewares middlewares service tls tls.certresolver priority
  loadbalancer.server.port loadbalancer.server.port loadbalancer.server.scheme loadbalancer.sticky.cookie
  redirectscheme.scheme stripprefix.prefixes addprefix.prefix replacepath.path compress retry.attempts
  headers.customresponseheaders.X-A headers.framedeny basicauth.users ipallowlist.sourcerange ratelimit.average
  buffering.maxrequestbodybytes forwardauth.address replacepathregex.regex replacepathregex.replacement chain.middlewares unheard.of`.split(
    /\s+/,
  )

const things = [
  'http.routers.r',
  'http.routers.q',
  'http.services.s',
  'http.middlewares.m',
  'http.middlewares.n',
  'tcp.routers.t',
]

const traefikKeys = fc.tuple(some(...things), some(...options)).map(([thing, option]) => `traefik.${thing}.${option}`)

const caddyKeys = fc
  .tuple(
    some('caddy', 'caddy_1'),
    fc.array(
      some('reverse_proxy', 'handle', 'handle_path', 'redir', 'header', 'encode', 'basic_auth', '0_route', 'X-A'),
      {
        maxLength: 2,
      },
    ),
  )
  .map((parts) => parts.flat().join('.'))

const labels = fc.dictionary(fc.oneof(traefikKeys, traefikKeys, caddyKeys, some('traefik.enable', 'other')), values, {
  maxKeys: 10,
})

/** What most files have, so that something is turned. */
const usual = { 'traefik.http.routers.r.rule': 'Host(`a.b`)', 'traefik.http.services.s.loadbalancer.server.port': '80' }

const services = fc.record({
  labels: fc.oneof(
    labels,
    labels.map((own) => ({ ...own, ...usual })),
    labels.map((own) => ({ caddy: 'a.b', ...own })),
  ),
  isList: fc.boolean(),
  ports: fc.constantFrom([], ['8080:80'], ['80', '443']),
})

interface Written {
  readonly labels: Readonly<Record<string, string>>
  readonly isList: boolean
  readonly ports: readonly string[]
}

const fileOf = (written: readonly Written[]): string =>
  stringify({
    name: 'app',
    services: Object.fromEntries(
      written.map(({ labels: own, isList, ports }, index) => {
        const listed = isList ? Object.entries(own).map(([key, value]) => `${key}=${value}`) : own
        return [['web', 'api'][index] ?? '', { image: 'image', ports, labels: listed }]
      }),
    ),
  })

const readOurselves = (text: string): readonly string[] => {
  const { project, problems } = loadTexts({ 'compose.yaml': text }, { variables: { X: '80' } })
  const all = project === undefined ? problems : toApp(project, { environment: 'production' }).problems
  return hasErrors(all) ? all.filter(({ severity }) => severity === 'error').map(({ message }) => message) : []
}

const isOfProxy = (key: string): boolean => /^traefik\.|^caddy(?:_\d+)?(?:\.|$)/.test(key)

test('whatever the labels, they become routes that we read, or are told', () => {
  fc.assert(
    fc.property(fc.array(services, { minLength: 1, maxLength: 2 }), (written) => {
      const text = fileOf(written)
      const { text: imported, problems } = importLabels(text, 'compose.yaml')
      // A value of a label may be what no compose file can have; that it had before.
      expect(readOurselves(imported).filter((message) => !readOurselves(text).includes(message))).toEqual([])

      const told = problems.filter(({ severity }) => severity === 'error').map(({ key }) => key)
      const again = importLabels(imported, 'compose.yaml')
      const left = again.problems.filter(({ severity }) => severity === 'error').map(({ key }) => key)
      const all = written.flatMap(({ labels: own }, index) =>
        Object.keys(own)
          .filter(isOfProxy)
          .map((key) => `services.${['web', 'api'][index]}.labels.${key}`),
      )
      expect(all.filter((key) => left.includes(key) && !told.includes(key))).toEqual([])
      expect(imported.includes('x-atoll')).toBe(all.some((key) => !left.includes(key)))
    }),
    { numRuns: 2000 },
  )
})
