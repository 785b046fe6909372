import { benchWhatIf } from '@atoll/plan/what-if/bench'
import type { Benchmark } from './benchmark.ts'

/** Each of 20 nodes with 10,000 tasks on them in turn: what would be lost with it. */
export const whatIfTasks: Benchmark = {
  name: 'what-if.10000',
  run: async () => {
    const { name, ms, otherMs } = benchWhatIf(() => performance.now())
    const note = 'all 20 nodes in turn; other: nodes and services through JSON and back; wanted: under 200 ms'
    return [{ name, ours: ms, other: otherMs, ratio: ms / otherMs, unit: 'ms', note }]
  },
}
