import type { Receipt } from '@atoll/deploy'
import { expect, test } from 'vitest'
import { renderOutcome } from './outcome.ts'
import { createPalette } from './palette.ts'

const receipt = (change: Partial<Receipt>): Receipt => ({
  app: 'shop',
  environment: 'test',
  deployment: 8,
  release: 7,
  author: 'ann',
  state: 'converged',
  startedAtMs: 0,
  endedAtMs: 4_000,
  phases: [{ name: 'apply', startedAtMs: 0 }],
  tasks: [],
  warnings: [],
  causes: [],
  resumedBy: [],
  ...change,
})

test.each<[Partial<Receipt>, string]>([
  [{}, '✓ shop/test is at release 7, 0 tasks on 0 nodes (4.0 s)'],
  [{ state: 'rolled-back', previous: 6 }, '✗ release 7 failed; shop/test is back at release 6 (4.0 s)'],
  [{ state: 'rolled-back', previous: 6, phases: [] }, '✗ refused; shop/test stays at release 6 (4.0 s)'],
  [{ state: 'failed' }, '✗ release 7 failed; shop/test is scaled to zero and kept for you to look at (4.0 s)'],
  [{ state: 'failed', phases: [] }, '✗ refused; nothing of shop/test was changed (4.0 s)'],
  [
    { state: 'failed', previous: 6 },
    '✗ release 7 failed; shop/test could not go back; once the cause is mended, "atoll rollback 6" does (4.0 s)',
  ],
])('%j ends with what a person wants to know', (change, line) => {
  expect(renderOutcome(receipt(change), createPalette(false)).split('\n')).toEqual([
    line,
    '  atoll receipt 8 --app shop/test   says what was measured',
    '',
  ])
})

test('what visitors got comes before anything else a person may want', () => {
  const statuses = { '1xx': 0, '2xx': 1, '3xx': 0, '4xx': 0, '5xx': 0 }
  const all = { requests: 1, statuses, failed: 0, cut: 0, retries: 0, redispatches: 0, abandoned: 0, slowestMs: 0 }
  const visitors = { all, routes: [], uncounted: [] }
  expect(renderOutcome(receipt({ visitors }), createPalette(false)).split('\n')).toEqual([
    '✓ shop/test is at release 7, 0 tasks on 0 nodes (4.0 s)',
    '  0 of 1 request failed',
    '  atoll receipt 8 --app shop/test   says what was measured',
    '',
  ])
})
