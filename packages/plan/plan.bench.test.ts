import { expect, it } from 'vitest'
import { benchPlan } from './plan.bench.ts'

it('measures each size by the clock it is given', () => {
  let ms = 0
  const now = (): number => (ms += 2)
  expect(benchPlan(now, [1, 10])).toEqual([
    { name: 'plan.1', ms: 2, otherMs: 2 },
    { name: 'plan.10', ms: 2, otherMs: 2 },
  ])
})
