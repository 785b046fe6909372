import { expect, it } from 'vitest'
import { chooseExpired } from './choose-expired.ts'

const idOf = (day: number): string => `202611${String(day).padStart(2, '0')}T040000Z-00ff`
const fileOf = (day: number): string => `atoll-${idOf(day)}.age`
const files = [3, 1, 2, 4].map(fileOf)

it('lets the oldest go, and nothing that is not ours', () => {
  const proven = new Set([1, 2, 3, 4].map(idOf))
  expect(chooseExpired([...files, 'holiday.age'], { keep: 2, proven })).toEqual([fileOf(1), fileOf(2)])
  expect(chooseExpired(files, { keep: 9, proven })).toEqual([])
})

it('never lets the last go that was proven, however old it is', () => {
  expect(chooseExpired(files, { keep: 1, proven: new Set([idOf(1)]) })).toEqual([fileOf(2), fileOf(3)])
  expect(chooseExpired(files, { keep: 1, proven: new Set([idOf(1), idOf(2)]) })).toEqual([fileOf(1), fileOf(3)])
})
