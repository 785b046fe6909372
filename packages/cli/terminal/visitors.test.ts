import type { Probes, Visitors } from '@atoll/deploy'
import { expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { renderVisitors, summarizeProbes, summarizeVisitors } from './visitors.ts'

const none = {
  requests: 0,
  statuses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
  failed: 0,
  cut: 0,
  retries: 0,
  redispatches: 0,
  abandoned: 0,
  slowestMs: 0,
}
const palette = createPalette(false)
const visitors = (all: Partial<Visitors['all']>, rest: Partial<Visitors> = {}): Visitors => ({
  all: { ...none, ...all },
  routes: [],
  uncounted: [],
  ...rest,
})

test.each<[Visitors, string]>([
  [visitors({}), 'no request came'],
  [visitors({ requests: 1 }), '0 of 1 request failed'],
  [visitors({ requests: 1, failed: 1 }), '1 of 1 request failed'],
  [visitors({ requests: 12_431, retries: 3 }), '0 of 12,431 requests failed, 3 sent again'],
  [visitors({ requests: 12_431, retries: 2, redispatches: 3 }), '0 of 12,431 requests failed, 3 sent again'],
  [visitors({ requests: 9, failed: 2, cut: 1 }), '2 of 9 requests failed, 1 amid its answer'],
  [visitors({}, { uncounted: ['node-2'] }), 'no request came; not counted: node-2'],
  [
    visitors({ requests: 2 }, { uncounted: ['node-2', 'node-3'] }),
    '0 of 2 requests failed; not counted: node-2, node-3',
  ],
])('%# says how many failed, and of which nodes nobody knows', (given, line) => {
  expect(summarizeVisitors(given, palette)).toBe(line)
})

const probes = (change: Partial<Probes>): Visitors =>
  visitors(
    {},
    {
      probes: {
        answered: 0,
        failed: 0,
        slowestMs: 0,
        gapMs: 0,
        nodes: 3,
        everyMs: 1_000,
        routes: [],
        unprobed: [],
        ...change,
      },
    },
  )

test.each<[Visitors, string | undefined]>([
  [visitors({}), undefined],
  [probes({ nodes: 0 }), 'probes: none'],
  [probes({ answered: 180, slowestMs: 40 }), 'probes: 180 of 180 answered on 3 nodes, slowest 40 ms'],
  [
    probes({ answered: 1_178, failed: 2, slowestMs: 2_100, gapMs: 2_900, nodes: 1, everyMs: 3_000 }),
    'probes: 1,178 of 1,180 answered on 1 node, slowest 2.1 s, none answered for 2.9 s, each route every 3.0 s',
  ],
])('%# says how many probes were answered', (given, line) => {
  expect(summarizeProbes(given, palette)).toBe(line)
})

test('routes that were not probed are named, and those that did not always answer', () => {
  const one = { route: 'a.example.org/', answered: 58, failed: 2, slowestMs: 40, gapMs: 2_900 }
  const unprobed = [{ route: 'b.example.org/', why: 'asks for a password' }]
  const given = probes({ ...one, routes: [one, { ...one, route: 'c.example.org/', failed: 0 }], unprobed })
  expect(renderVisitors(given, { palette, columns: 90 }).slice(1)).toEqual([
    'probes: 58 of 60 answered on 3 nodes, slowest 40 ms, none answered for 2.9 s',
    '  a.example.org/: 2 of 60 not answered, 2.9 s without one',
    '  not probed: b.example.org/ asks for a password',
  ])
})

test('each route says what it was answered', () => {
  const statuses = { ...none.statuses, '2xx': 1_200, '5xx': 4 }
  const routes = [
    {
      ...none,
      route: 'a.example.org/',
      requests: 1_204,
      statuses,
      failed: 1,
      retries: 5,
      abandoned: 2,
      slowestMs: 840,
    },
    { ...none, route: 'b.example.org/api', requests: 1, statuses: { ...none.statuses, '3xx': 1 } },
  ]
  expect(
    renderVisitors(visitors({ requests: 1_205, failed: 1, retries: 5 }, { routes }), { palette, columns: 90 }),
  ).toEqual([
    '1 of 1,205 requests failed, 5 sent again',
    'ROUTE              REQUESTS  FAILED  STATUSES           AGAIN  LEFT  SLOWEST',
    'a.example.org/     1,204     1       2xx: 1,200 5xx: 4  5      2     0.8 s',
    'b.example.org/api  1         0       3xx: 1             0      0',
  ])
})
