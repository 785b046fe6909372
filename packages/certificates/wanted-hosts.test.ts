import { environmentOf } from '@atoll/ingress/testing'
import { expect, test } from 'vitest'
import { coversHost } from './certificate.ts'
import { servedCertificates } from './served.ts'
import { wantedHosts } from './wanted-hosts.ts'

const routesOf = (routes: string) =>
  environmentOf(`{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes}]}}}}`).routes

test('hosts of all apps are wanted once, and not those whose TLS is passed on or that have none', () => {
  const shop = routesOf(
    '{host: b.org, port: 80}, {host: b.org, path: /x, port: 81}, {protocol: tls, host: db.org, port: 1}, {protocol: tcp, listen: 5432, port: 1}',
  )
  const blog = routesOf("{host: '*.b.org', port: 80}, {host: b.org, path: /blog, port: 80}")
  expect(
    wantedHosts([
      { app: 'shop', environment: 'production', routes: shop },
      { app: 'blog', environment: 'test', routes: blog },
    ]),
  ).toEqual([
    { host: '*.b.org', of: ['blog/test'] },
    { host: 'b.org', of: ['blog/test', 'shop/production'] },
  ])
})

test.each([
  ['a.org', 'a.org', true],
  ['*.a.org', 'x.a.org', true],
  ['*.a.org', 'a.org', false],
  ['*.a.org', 'y.x.a.org', false],
  ['*.a.org', '*.a.org', true],
  ['*.a.org', '*.x.a.org', false],
  ['x.a.org', '*.a.org', false],
])('%s is good for %s: %s', (name, host, isGood) => {
  expect(coversHost(name, host)).toBe(isGood)
})

test('what is valid is served before what is not, then what somebody brought, the very name, the longest', () => {
  const hosts = [{ host: 'x.a.org' }]
  const base = { issuer: 'test', fingerprint: 'x', notBeforeMs: 0 }
  const ended = { ...base, id: 'ended', kind: 'own', names: ['x.a.org'], notAfterMs: 5 } as const
  const wide = { ...base, id: 'wide', kind: 'issued', names: ['*.a.org'], notAfterMs: 99 } as const
  const short = { ...base, id: 'short', kind: 'issued', names: ['x.a.org'], notAfterMs: 20 } as const
  const long = { ...short, id: 'long', notAfterMs: 30 } as const
  const own = { ...ended, id: 'own', names: ['*.a.org'], notAfterMs: 11 } as const
  const order = [own, long, short, wide, ended]
  for (const [at, { id }] of order.entries()) {
    const left = order.slice(at).toReversed()
    expect(servedCertificates(left, hosts, 10)).toEqual([{ host: 'x.a.org', certificate: left.at(-1) }])
    expect(left.at(-1)?.id).toBe(id)
  }
  expect(servedCertificates(order, [{ host: 'a.org' }], 10)).toEqual([])
})
