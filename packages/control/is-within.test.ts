import { expect, it } from 'vitest'
import { isWithin } from './is-within.ts'

const at = (time: string): number => Date.parse(`2026-03-01T${time}:30Z`)

it.each([
  ['', '12:00', true],
  ['03:00-05:00', '02:59', false],
  ['03:00-05:00', '03:00', true],
  ['03:00-05:00', '04:59', true],
  ['03:00-05:00', '05:00', false],
  ['23:30-01:00', '23:45', true],
  ['23:30-01:00', '00:59', true],
  ['23:30-01:00', '01:00', false],
])('hours %s, at %s: %s', (hours, time, isIn) => {
  expect(isWithin(hours, at(time))).toBe(isIn)
})
