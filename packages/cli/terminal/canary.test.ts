import type { CanaryStatus } from '@atoll/deploy'
import { expect, test } from 'vitest'
import { renderCanary, renderCanaryEnd, renderCanaryReceipt } from './canary.ts'
import { createPalette } from './palette.ts'

const palette = createPalette(false)
const screen = { palette, columns: 80 }
const answers = { answered: 1_000, errors: 1, failed: 0, totalMs: 20_000 }
const figures = {
  old: { ...answers, answered: 9_000, errors: 9, totalMs: 90_000 },
  new: { ...answers, failed: 1 },
  uncounted: [],
}
const canary: CanaryStatus = {
  base: 6,
  share: 0.1,
  forMs: 300_000,
  services: [{ service: 'web', canary: 'web-canary' }],
  release: 7,
  startedAtMs: 0,
  untilMs: 300_000,
  isMeasuring: true,
}

test.each<[Partial<CanaryStatus>, string]>([
  [{ isMeasuring: false }, 'canary: release 7, 10 %, not measured yet'],
  [{}, 'canary: release 7, 10 %, 3 min left'],
  [{ figures }, 'canary: release 7, 10 %, 3 min left, 0.2 % errors beside 0.1 %'],
  [
    { figures: { ...figures, old: { ...answers, answered: 1_000_000, errors: 1 } } },
    'canary: release 7, 10 %, 3 min left, 0.2 % errors beside less than 0.1 %',
  ],
  [
    { figures, verdict: { kind: 'abort', rule: 'errors', because: '9 % errors beside 0 %' } },
    'canary: release 7, 10 %, going back: 9 % errors beside 0 %',
  ],
  [
    { verdict: { kind: 'promote', rule: 'asked', because: 'ann asked for it' } },
    'canary: release 7, 10 %, going on: ann asked for it',
  ],
])('%# says in a line how it is going', (change, line) => {
  expect(renderCanary({ ...canary, ...change }, 120_000)).toBe(line)
})

const receipt = { kind: 'promote', rule: 'as-good', because: 'as good', release: 7, share: 0.1 } as const

test('the receipt has what was measured, and says why', () => {
  expect(renderCanaryEnd(receipt, palette)).toBe('canary of 10 % goes on: as good')
  expect(renderCanaryReceipt(receipt, screen)).toEqual(['canary of 10 % goes on: as good'])
  const lines = renderCanaryReceipt({ ...receipt, figures: { ...figures, uncounted: ['node-2'] } }, screen)
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['canary of 10 % goes on: as good'],
    ['VERSION', 'REQUESTS', '5XX', 'FAILED', 'MEAN'],
    ['new (release 7)', '1,001', '1', '1', '20 ms'],
    ['old', '9,000', '9', '0', '10 ms'],
    ['not counted: node-2'],
  ])
})
