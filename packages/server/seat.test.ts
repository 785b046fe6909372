import { expect, test } from 'vitest'
import { takeSeat } from './seat.ts'
import { openTestPlace } from './test-files.ts'

test('a server has a seat of its own for each token, and the same when it comes again', async () => {
  const place = openTestPlace()
  const first = await takeSeat(place, 'one')
  expect(first).toMatch(/^[\w-]{43}$/)
  expect(await takeSeat(place, 'one')).toBe(first)
  const second = await takeSeat(place, 'two')
  expect(second).not.toBe(first)
  expect(await takeSeat(openTestPlace(), 'two')).not.toBe(second)
  expect([...place.files.values()].join('')).not.toContain('one')
})
