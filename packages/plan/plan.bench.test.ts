import { expect, it } from 'vitest'
import { benchPlan } from './plan.bench.ts'

/** Far above what it takes, far below what one loop too many would cost. */
const limitMs = 500

it('plans two thousand services in no time', () => {
  const timings = benchPlan(() => performance.now())
  expect(timings.at(-1)?.name).toBe('plan.2000')
  expect(timings.at(-1)?.ms).toBeLessThan(limitMs)
})
