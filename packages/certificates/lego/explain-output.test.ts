import { expect, test } from 'vitest'
import { explainOutput } from './explain-output.ts'

const at = '2026/01/01 10:00:00'
const begun = `${at} [INFO] [a.example.org, b.example.org] acme: Obtaining bundled SAN certificate\n`
const names = ['a.example.org', 'b.example.org']
const type = 'urn:ietf:params:acme:error'

/** As authorities say it of one name. */
const ofName = (...lines: readonly string[]): string =>
  `${begun}${at} Could not obtain certificates:\n\terror: one or more domains had a problem:\n${lines.join('\n')}\n`
const ofOrder = (line: string): string =>
  `${begun}${at} Could not obtain certificates:\n\tacme: error: 400 :: POST :: https://ca.example/new-order :: ${line}\n`

test.each([
  [
    'dns',
    `400 :: ${type}:dns :: DNS problem: NXDOMAIN looking up A for a.example.org - check that a record exists`,
    'leads nowhere',
  ],
  ['dns', `400 :: ${type}:dns :: DNS problem: SERVFAIL looking up CAA for example.org`, 'DNSSEC'],
  [
    'dns',
    `400 :: ${type}:connection :: Get "http://a.example.org/": could not resolve URL "http://a.example.org/"`,
    'leads nowhere',
  ],
  ['dns', `403 :: ${type}:unauthorized :: No TXT record found at _acme-challenge.a.example.org`, 'more time'],
  ['caa', `403 :: ${type}:caa :: CAA record for a.example.org prevents issuance`, 'CAA'],
  ['connection', `400 :: ${type}:connection :: 192.0.2.1: Timeout during connect (likely firewall problem)`, 'port 80'],
  [
    'answer',
    `403 :: ${type}:unauthorized :: 192.0.2.1: Invalid response from http://a.example.org/: 404`,
    'something else answered',
  ],
  ['other', '500 :: urn:ietf:params:acme:error:serverInternal :: oh no', 'oh no'],
  ['timeout', 'time limit exceeded: last error: NS ns1.example.org. did not return the expected TXT record', 'TXT'],
])('%s: %s', (kind, text, words) => {
  const told = explainOutput(ofName(`[a.example.org] acme: error: ${text}`), names)
  const expected = kind === 'timeout' ? 'dns' : kind
  expect(told).toMatchObject([{ kind: expected, of: 'names', names: ['a.example.org'] }])
  expect(told[0]?.reason).toContain(words)
  expect(told[0]?.reason).not.toMatch(/urn:ietf|\n/)
})

test('each name has its own reason, and who is not named is not to blame', () => {
  const one = `[a.example.org] acme: error: 400 :: ${type}:connection :: connection refused, problem: ""\n more of it`
  const other = `[b.example.org] [b.example.org] acme: could not determine solvers`
  const told = explainOutput(ofName(one, other), [...names, 'c.example.org'])
  expect(told.map(({ kind, names: who }) => [kind, who])).toEqual([
    ['connection', ['a.example.org']],
    ['provider', ['b.example.org']],
  ])
  expect(told[0]?.reason).toContain('more of it')
})

test('an order that is refused for a name it names is that name, and else it is not known which', () => {
  const policy = 'issuance is forbidden by policy: "b.example.org"'
  expect(explainOutput(ofOrder(`${type}:rejectedIdentifier :: ${policy}`), names)).toMatchObject([
    { kind: 'name', of: 'names', names: ['b.example.org'] },
  ])
  const rejected = `${type}:rejectedIdentifier :: a name is forbidden`
  expect(explainOutput(ofOrder(rejected), names)).toMatchObject([{ of: 'order', names }])
  expect(explainOutput(ofOrder(rejected), ['a.example.org'])).toMatchObject([{ of: 'names' }])
})

test.each([
  ['retry after 2026-01-03T04:05:06Z: see https://ca.example/limits', Date.UTC(2026, 0, 3, 4, 5, 6)],
  ['retry after 2026-01-03 04:05:06 UTC', Date.UTC(2026, 0, 3, 4, 5, 6)],
  ['come again', undefined],
])('a limit: %s', (when, notBeforeMs) => {
  const own = `${type}:rateLimited :: too many certificates already issued for "example.org", ${when}`
  const [told] = explainOutput(ofOrder(own), ['a.example.org', 'a.example.com'])
  expect(told).toMatchObject({ kind: 'rate-limit', of: 'names', names: ['a.example.org'] })
  expect(told?.notBeforeMs).toBe(notBeforeMs)
  const all = explainOutput(ofOrder(`${type}:rateLimited :: too many new orders recently, ${when}`), names)
  expect(all).toMatchObject([{ kind: 'rate-limit', of: 'all' }])
})

test.each([
  [
    `Could not create client: get directory at 'https://ca.example/dir': Get "https://ca.example/dir": x509: unknown authority`,
    'directory',
    '--root-file',
  ],
  [
    `Could not create client: get directory at 'https://ca.example/dir': dial tcp: connection refused`,
    'directory',
    'reach',
  ],
  [
    `Could not complete registration\n\tacme: error: 400 :: POST :: https://ca.example/new :: ${type}:invalidContact :: bad`,
    'account',
    'acme set',
  ],
  [
    `Could not complete registration\n\tacme: error: 429 :: POST :: https://ca.example/new :: ${type}:rateLimited :: too many registrations`,
    'rate-limit',
    'too often',
  ],
])('before there is an order: %s', (line, kind, words) => {
  const told = explainOutput(`${at} [INFO] acme: Registering account\n${at} ${line}\n`, names)
  expect(told).toMatchObject([{ kind, of: 'all', names }])
  expect(told[0]?.reason).toContain(words)
})

test('the DNS provider is to blame for every name proven by it', () => {
  const told = explainOutput(`${begun}${at} unrecognized DNS provider: nonsense\n`, ['*.example.org'])
  expect(told).toMatchObject([{ kind: 'provider' }])
  expect(told[0]?.reason).toContain('unrecognized DNS provider: nonsense')
  expect(told[0]?.reason).not.toContain('Obtaining')
})

test('whatever it is, it is one line that ends', () => {
  const [told] = explainOutput(
    ofName(`[a.example.org] acme: error: 400 :: ${type}:dns :: \u001b[31m${'x'.repeat(9_000)}`),
    names,
  )
  expect(told?.reason.length).toBeLessThan(600)
  expect(told?.reason).not.toContain('\u001b')
  expect(explainOutput('', ['a.example.org'])).toMatchObject([{ kind: 'other', of: 'names' }])
})
