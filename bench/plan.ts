import { benchPlan } from '@atoll/plan/bench'
import type { Benchmark } from './benchmark.ts'

/** A first plan and a converged one, for 10 to 2,000 services. */
export const planServices: Benchmark = {
  name: 'plan.N',
  run: async () =>
    benchPlan(() => performance.now()).map(({ name, ms, otherMs }) => ({
      name,
      ours: ms,
      other: otherMs,
      ratio: ms / otherMs,
      unit: 'ms',
      note: 'other: the same app through JSON and back; wanted: under 100 ms at 2,000, growth linear',
    })),
}
