import { describe, expect, test } from 'vitest'
import { parseSince, renderDuration } from './time.ts'

describe('renderDuration', () => {
  test.each([
    [0, '0.0 s'],
    [430, '0.4 s'],
    [9_900, '9.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [7_440_000, '2 h 4 min'],
    [5 * 86_400_000 + 3 * 3_600_000, '5 d 3 h'],
    [-20, '0.0 s'],
  ])('%i ms is %s', (ms, text) => expect(renderDuration(ms)).toBe(text))
})

describe('parseSince', () => {
  const nowMs = Date.parse('2026-11-20T10:00:00Z')
  test.each([
    ['90s', '2026-11-20T09:58:30Z'],
    ['1h30m', '2026-11-20T08:30:00Z'],
    ['2d', '2026-11-18T10:00:00Z'],
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z'],
  ])('%s', (text, at) => expect(parseSince(text, nowMs)).toBe(Date.parse(at)))
  test.each(['', 'yesterday', '10', '10x', '2026-99-99'])('%j is refused', (text) =>
    expect(parseSince(text, nowMs)).toBeUndefined(),
  )
})
