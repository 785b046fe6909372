import { expect, it } from 'vitest'
import { benchWhatIf } from './what-if.bench.ts'

it('measures by the clock it is given', () => {
  let ms = 0
  expect(benchWhatIf(() => (ms += 2), 100)).toEqual({ name: 'what-if.100', ms: 2, otherMs: 2 })
})
