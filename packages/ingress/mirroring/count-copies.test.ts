import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCopyCounter, type Counted, type CopyCounts } from './count-copies.ts'
import type { MirrorOrder } from './order.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const orderTo = (to: string): MirrorOrder => ({ to, app: 'shop/production', service: to, route: 'a.example.org/' })
const kinds: readonly Counted[] = ['sent', 'dropped', 'failed', 'cut']

test('one line of a mirror in a while, however many copies came to nothing; none where all is well', () => {
  const told: CopyCounts[] = []
  using counter = createCopyCounter({ everyMs: 1_000, tell: (counts) => told.push(counts) })
  for (let count = 0; count < 5_000; count += 1) counter.note(orderTo('next'), count < 10 ? 'sent' : 'dropped')
  counter.note(orderTo('other'), 'sent')
  expect(told).toEqual([])
  vi.advanceTimersByTime(1_000)
  const name = { app: 'shop/production', service: 'next', route: 'a.example.org/' }
  expect(told).toEqual([{ ...name, sent: 10, dropped: 4_990, failed: 0, cut: 0 }])
  counter.note(orderTo('next'), 'cut')
  vi.advanceTimersByTime(1_000)
  expect(told.slice(1)).toEqual([{ ...name, sent: 0, dropped: 0, failed: 0, cut: 1 }])
  vi.advanceTimersByTime(100_000)
  expect(told).toHaveLength(2)
})

test('no trouble is told twice, and none is forgotten', () => {
  const steps = fc.array(
    fc.record({ to: fc.constantFrom('a', 'b'), what: fc.constantFrom(...kinds), waitMs: fc.nat(900) }),
  )
  fc.assert(
    fc.property(steps, (list) => {
      const told: CopyCounts[] = []
      const counter = createCopyCounter({ everyMs: 1_000, tell: (counts) => told.push(counts) })
      for (const { to, what, waitMs } of list) {
        counter.note(orderTo(to), what)
        vi.advanceTimersByTime(waitMs)
      }
      counter[Symbol.dispose]()
      const count = (to: string, kind: Counted): number =>
        list.filter((each) => each.to === to && each.what === kind).length
      for (const to of ['a', 'b']) {
        const own = told.filter(({ service }) => service === to)
        for (const kind of kinds.slice(1)) expect(own.reduce((sum, each) => sum + each[kind], 0)).toBe(count(to, kind))
      }
      const totalMs = list.reduce((sum, { waitMs }) => sum + waitMs, 0)
      expect(told.length).toBeLessThanOrEqual(2 * (Math.floor(totalMs / 1_000) + 1))
    }),
  )
})
