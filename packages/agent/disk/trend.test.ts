import { expect, it } from 'vitest'
import { findTrend } from './trend.ts'
import type { DiskSample } from './trend.ts'

const minuteMs = 60_000

/** One each minute; `share` gives how full it was after so many. */
const sampleEvery = (minutes: number, share: (minute: number) => number): readonly DiskSample[] =>
  Array.from({ length: minutes }, (_, minute) => ({ atMs: minute * minuteMs, usedShare: share(minute) }))

it('a disk that grows steadily has a day on which it is full', () => {
  const trend = findTrend(sampleEvery(121, (minute) => 0.5 + minute * 0.001))
  expect(trend?.sharePerHour).toBeCloseTo(0.06, 6)
  // From 62 % with a tenth of a percent a minute: 380 minutes more.
  expect(trend?.fullAtMs).toBeCloseTo((120 + 380) * minuteMs, -3)
})

it('and so has one whose growth is a little uneven', () => {
  expect(findTrend(sampleEvery(121, (minute) => 0.5 + minute * 0.001 + (minute % 7) * 0.002))).toBeDefined()
})

it.each([
  ['less than an hour of samples', sampleEvery(50, (minute) => minute / 1000)],
  ['few samples', [0, 60, 120].map((minute) => ({ atMs: minute * minuteMs, usedShare: minute / 1000 }))],
  ['a disk that stays as it is', sampleEvery(200, () => 0.7)],
  ['a disk that gets emptier', sampleEvery(200, (minute) => 0.9 - minute * 0.001)],
  ['one large image and nothing more', sampleEvery(200, (minute) => (minute < 100 ? 0.5 : 0.6))],
  ['ups and downs', sampleEvery(200, (minute) => 0.5 + (minute % 20) * 0.01)],
  ['nothing', []],
])('%s is no pace', (_what, samples) => {
  expect(findTrend(samples)).toBeUndefined()
})
