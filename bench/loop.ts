import { openCrowd } from '@atoll/control/crowd'
import { measureRounds, planAll } from '@atoll/control/rounds'
import type { Benchmark, Figure } from './benchmark.ts'

const size = { nodes: 20, apps: 500, services: 4, replicas: 5 }
const where = '20 nodes, 500 apps, 10,000 tasks'

/** What a control does by itself in a full cluster in memory: no round may take longer than the pause after it. */
export const loopRounds: Benchmark = {
  name: 'loop.20-nodes',
  run: async () => {
    await using crowd = await openCrowd(size)
    const { ms, actions } = await planAll(crowd, () => performance.now())
    const rounds = await measureRounds(crowd, () => performance.now())
    const processor = await measureRounds(crowd, readProcessorMs)
    const share = processor.reduce((sum, round) => sum + round.ms / (round.ms + round.everyMs), 0) * 100
    return [
      ...rounds.map(({ name, ms, everyMs }): Figure => ({
        name: `loop.20-nodes.${name}`,
        ours: ms,
        other: everyMs,
        ratio: ms / everyMs,
        unit: 'ms',
        note: `a round beside the pause after it; ${where}; wanted: ratio below 1`,
      })),
      {
        name: 'loop.20-nodes.plan-all',
        ours: ms,
        unit: 'ms',
        note: `observes and plans every app once, ${actions} actions; ${where}; wanted: below 10 s`,
      },
      {
        name: 'loop.20-nodes.processor',
        ours: share,
        unit: '% of a core',
        note: `all rounds together, without the engine's own work in a real cluster; ${where}; wanted: <= 10`,
      },
    ]
  },
}

function readProcessorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
