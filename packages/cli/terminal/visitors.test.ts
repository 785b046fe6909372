import type { Visitors } from '@atoll/deploy'
import { expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { renderVisitors, summarizeVisitors } from './visitors.ts'

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
