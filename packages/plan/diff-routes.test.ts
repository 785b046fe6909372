import type { HttpRoute, Route } from '@atoll/spec'
import { expect, test } from 'vitest'
import { diffRoutes } from './diff-routes.ts'
import { createRoute } from './fixtures.ts'
import { maskChange } from './mask.ts'

const at = (path: string, change: Partial<HttpRoute> = {}): HttpRoute => {
  const route = createRoute('web', 'shop.example.org', change)
  return { ...route, match: { ...route.match, path: { kind: 'prefix', path } } }
}

const redirect = { status: 308, path: '/new' } as const

test.each<readonly [string, readonly Route[], readonly Route[], readonly object[]]>([
  ['the same in another order', [at('/a'), at('/b')], [at('/b'), at('/a')], []],
  [
    'one more',
    [],
    [at('/a')],
    [
      {
        service: 'web',
        route: 'shop.example.org/a',
        kind: 'added',
        changes: [{ field: 'targets', to: '"web:80"' }],
      },
    ],
  ],
  [
    'one less, answered by nobody',
    [at('/a', { redirect, targets: [] })],
    [],
    [{ kind: 'removed', changes: [{ field: 'targets', from: '"ingress"' }] }],
  ],
  [
    'one more of files',
    [],
    [at('/a', { targets: [], static: { path: '/site', image: 'site:1', index: 'index.html', cacheSeconds: {} } })],
    [{ kind: 'added', changes: [{ field: 'targets', to: '"/site of site:1"' }] }],
  ],
  [
    'another limit',
    [at('/a', { rateLimit: { requests: 5, perMs: 1000 } })],
    [at('/a', { rateLimit: { requests: 6, perMs: 1000 } })],
    [{ kind: 'changed', changes: [{ field: 'rateLimit.requests', from: '5', to: '6' }] }],
  ],
  [
    'a part for another service',
    [at('/a')],
    [
      at('/a', {
        targets: [
          { service: 'web', port: 80, weight: 8 },
          { service: 'next', port: 80, weight: 1 },
        ],
      }),
    ],
    [{ kind: 'changed', changes: [{ field: 'targets', from: '"web:80"', to: '"web:80 88.9 %, next:80 11.1 %"' }] }],
  ],
  [
    'of another service',
    [at('/a')],
    [at('/a', { service: 'next' })],
    [{ service: 'next', kind: 'changed', changes: [{ field: 'service', from: '"web"', to: '"next"' }] }],
  ],
])('%s', (_, from, to, differences) => {
  expect(diffRoutes(from, to)).toMatchObject(differences)
  expect(diffRoutes(from, to)).toHaveLength(differences.length)
})

test('a hash of a password, and a header that lets in, are told and not shown', () => {
  const plain = at('/a')
  const guarded = (hash: string, token: string) =>
    at('/a', {
      basicAuth: { realm: 'x', users: { ann: hash } },
      requestHeaders: { set: { authorization: token, 'x-a': token }, add: {}, remove: [] },
    })
  const [difference] = diffRoutes([guarded('h1', 't1')], [guarded('h2', 't2')])
  expect(difference?.changes.map(maskChange)).toEqual([
    { field: 'basicAuth.users.ann', from: '****', to: '****' },
    { field: 'requestHeaders.set.authorization', from: '****', to: '****' },
    { field: 'requestHeaders.set.x-a', from: '"t1"', to: '"t2"' },
  ])
  const came = diffRoutes([plain], [guarded('h1', 'Bearer t1')]).flatMap(({ changes }) => changes.map(maskChange))
  expect(JSON.stringify(came)).not.toMatch(/h1|t1/)
})
