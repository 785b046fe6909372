import { describe, expect, it } from 'vitest'
import { countServices } from '@atoll/plan'
import type { EnvironmentCount } from '../engine.ts'
import { benchNetwork, benchService, isRunning } from './bench.ts'
import type { Bench } from './bench.ts'

/** What is said of all environments at once. */
export const countingContract = (open: () => Bench): void => {
  describe('counting', () => {
    it('says of an environment what observing it says', async () => {
      const bench = open()
      await createAll(bench)
      const expected = { ref: bench.ref, services: 4, good: 3, wanted: 4, tasks: 3 }
      expect(await findCount(bench)).toEqual(expected)
      const { services, nodes } = await bench.observe()
      const owned = services.filter(({ isOwned }) => isOwned)
      expect([services.length, { ref: bench.ref, ...countServices(owned, { nodes }) }]).toEqual([5, expected])
    })

    it('names the environments that are listed, one with nothing but a network too', async () => {
      const bench = open()
      await bench.apply({ kind: 'create-network', network: benchNetwork(bench, 'back') })
      const counts = await bench.world.engine.countEnvironments(bench.signal)
      expect(counts.map(({ ref }) => ref)).toEqual(await bench.world.engine.listEnvironments(bench.signal))
      expect(await findCount(bench)).toEqual({ ref: bench.ref, services: 0, good: 0, wanted: 0, tasks: 0 })
    })
  })
}

/** What runs, what has ended well, what is stopped, what no node can take, and a stranger. */
const createAll = async (bench: Bench): Promise<void> => {
  const placement = { constraints: ['node.labels.none==such'], spread: [], maxPerNode: 0 }
  const services = [
    benchService(bench, 'web', { mode: { kind: 'replicated', replicas: 2 } }),
    benchService(bench, 'idle', { mode: { kind: 'replicated', replicas: 0 } }),
    benchService(bench, 'lost', { placement }),
    benchService(bench, 'job', {
      mode: { kind: 'once', completions: 1, concurrency: 1 },
      restart: { condition: 'on-failure' },
      command: ['true'],
    }),
  ]
  await bench.world.outsider.createService(bench.engineName('stranger'))
  for (const service of services) await bench.apply({ kind: 'create-service', service })
  await bench.until('web', ({ tasks }) => tasks.filter(isRunning).length === 2)
  await bench.until('job', ({ tasks }) => tasks.some(({ state }) => state === 'complete'))
}

const findCount = async ({ world, ref, signal }: Bench): Promise<EnvironmentCount | undefined> =>
  (await world.engine.countEnvironments(signal)).find(({ ref: { environment } }) => environment === ref.environment)
