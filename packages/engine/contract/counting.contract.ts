import { describe, expect, it } from 'vitest'
import { countServices, toPlacingRules } from '@atoll/plan'
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

    it('says what holds which room, and by which rules, of strangers too', async () => {
      const bench = open()
      await createAll(bench)
      const { nodes, services } = await bench.world.engine.occupancy(bench.signal)
      expect(nodes.map(({ id }) => id)).toEqual((await bench.world.engine.nodes(bench.signal)).map(({ id }) => id))
      const own = services.filter(({ engineName }) => engineName.startsWith(bench.engineName('')))
      const found = own.map(({ ref, name, rules, tasks }) => [ref?.app, name, rules.mode, tasks.length > 0])
      const replicas = (count: number) => ({ kind: 'replicated', replicas: count })
      expect(found.filter(([app]) => app !== undefined)).toEqual([
        ['contract', 'idle', replicas(0), false],
        ['contract', 'job', replicas(1), false],
        ['contract', 'lost', replicas(1), false],
        ['contract', 'web', replicas(2), true],
      ])
      expect(own.map(({ ref, name }) => [ref?.app, name])).toContainEqual([undefined, bench.engineName('stranger')])
      const rulesOf = (name: string) => own.find((service) => service.name === name)?.rules
      const definitions = (await bench.observe()).services.flatMap(({ definition }) => definition ?? [])
      for (const definition of definitions) expect(rulesOf(definition.name)).toEqual(toPlacingRules(definition))
      expect(nodes.map(({ id }) => id)).toContain(own.find(({ name }) => name === 'web')?.tasks[0]?.nodeId)
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
    benchService(bench, 'web', {
      mode: { kind: 'replicated', replicas: 2 },
      resources: { limits: {}, reservations: { memoryBytes: 4 * 1024 ** 2, nanoCpus: 1e7 } },
      placement: { constraints: [], spread: ['node.labels.zone'], maxPerNode: 2 },
      ports: [{ target: 80, published: 18_080, protocol: 'tcp', mode: 'host' }],
    }),
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
