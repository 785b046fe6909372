import { performance } from 'node:perf_hooks'
import type { Benchmark } from './benchmark.ts'
import { downLab, readLabConfig, upLab } from '@atoll/lab'

/** Three nodes, images cached: from nothing to a Swarm that takes work. */
export const labUp: Benchmark = {
  name: 'lab.up',
  run: async (signal) => {
    const context = { ...readLabConfig(process.env), signal, onProgress: () => {} }
    const name = 'test-bench-up'
    await downLab(name, context)
    const startedAt = performance.now()
    try {
      await upLab({ name }, context)
      const seconds = (performance.now() - startedAt) / 1000
      return [{ name: 'lab.up', ours: seconds, unit: 's', note: '3 nodes, images cached; wanted: under 60 s' }]
    } finally {
      await downLab(name, context)
    }
  },
}
