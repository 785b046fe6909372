import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isConditionMet, plan } from '@atoll/plan'
import type { Action } from '@atoll/plan'
import { evolutions } from '@atoll/plan/arbitraries'
import type { App, Service } from '@atoll/spec'
import { openFakeEngine } from './index.ts'
import type { FakeEngine, FakeOptions, World } from './index.ts'

const signal = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const maxRounds = 400

interface Target {
  readonly app: App
  readonly release: number
}

const untilFirstWait = (actions: readonly Action[]): readonly Action[] => {
  const wait = actions.findIndex(({ kind }) => kind === 'await-service')
  return wait === -1 ? actions : actions.slice(0, wait)
}

const applySome = async (engine: FakeEngine, { app, release }: Target, count = Infinity): Promise<number> => {
  const actions = plan({ app, release, keep: [] }, await engine.observe(ref, signal), engine.clock.now())
  const ready = untilFirstWait(actions).slice(0, count)
  for (const action of ready) await engine.apply(action, { ref, release, secrets: {} }, signal)
  return actions.length
}

const isSettled = async (engine: FakeEngine, app: App): Promise<boolean> => {
  const { services, nodes } = await engine.observe(ref, signal)
  return app.services.every((service) => {
    const found = services.find(({ engineName }) => engineName === service.engineName)
    const isUpdating = found?.update?.state === 'updating'
    const condition = service.mode.kind === 'once' ? 'completed' : 'healthy'
    return !isUpdating && isConditionMet(condition, found?.definition ?? service, { service: found, nodes })
  })
}

/** Observe, plan, apply, let time pass, again: as a deployment does, but blind to everything else. */
const converge = async (engine: FakeEngine, target: Target): Promise<void> => {
  for (let round = 0; round < maxRounds; round += 1) {
    const planned = await applySome(engine, target)
    if (planned === 0 && (await isSettled(engine, target.app))) return
    engine.tick(500)
  }
  throw new Error(`not converged in ${maxRounds} rounds`)
}

const runningOf = (engine: FakeEngine): readonly string[] =>
  [...engine.world.services.values()]
    .flatMap(({ tasks }) => tasks.filter(({ state, desired }) => state === 'running' && desired === 'running'))
    .map(({ service }) => `${service.name} ${service.image} ${service.environment['LOG_LEVEL']}`)
    .toSorted()

const desiredOf = (app: App): readonly string[] =>
  app.services
    .flatMap(({ name, image, environment, mode }) => {
      const count = mode.kind === 'replicated' ? mode.replicas : mode.kind === 'global' ? 3 : 0
      return Array.from({ length: count }, () => `${name} ${image} ${environment['LOG_LEVEL']}`)
    })
    .toSorted()

/** How many tasks of a service must serve at every moment of an update. */
const floorOf = (before: Service, after: Service): number => {
  if (before.mode.kind !== 'replicated' || after.mode.kind !== 'replicated') return 0
  const replicas = Math.min(before.mode.replicas, after.mode.replicas)
  const { order, parallelism } = after.update
  if (order === 'start-first') return replicas
  return parallelism === 0 ? 0 : Math.max(0, replicas - parallelism)
}

const serving = (world: World, engineName: string): number =>
  world.services.get(engineName)?.tasks.filter(({ state, message }) => state === 'running' && message !== 'stopping')
    .length ?? 0

describe('planning and applying against an engine', { timeout: 30_000 }, () => {
  it('runs what was desired in the end', async () => {
    await fc.assert(
      fc.asyncProperty(evolutions, async ([before, after]) => {
        const engine = openFakeEngine()
        await converge(engine, { app: before, release: 1 })
        expect(runningOf(engine)).toEqual(desiredOf(before))
        await converge(engine, { app: after, release: 2 })
        engine.tick(1_000)
        expect(runningOf(engine)).toEqual(desiredOf(after))
      }),
      { numRuns: 40 },
    )
  })

  it('does so after any interruption', async () => {
    await fc.assert(
      fc.asyncProperty(evolutions, fc.array(fc.nat(3), { maxLength: 6 }), async ([before, after], counts) => {
        const engine = openFakeEngine()
        await converge(engine, { app: before, release: 1 })
        for (const count of counts) {
          await applySome(engine, { app: after, release: 2 }, count)
          engine.tick(300)
        }
        await converge(engine, { app: after, release: 2 })
        engine.tick(1_000)
        expect(runningOf(engine)).toEqual(desiredOf(after))
      }),
      { numRuns: 40 },
    )
  })

  it('never has fewer tasks serving than the update policy allows', async () => {
    await fc.assert(
      fc.asyncProperty(evolutions, async ([before, after]) => {
        const floors = new Map<string, number>()
        const lows: string[] = []
        const afterStep: FakeOptions['afterStep'] = (world) => {
          for (const [engineName, floor] of floors) {
            const count = serving(world, engineName)
            if (count < floor) lows.push(`${engineName}: ${count} of ${floor}`)
          }
        }
        const engine = openFakeEngine({ afterStep })
        await converge(engine, { app: before, release: 1 })
        for (const service of before.services) {
          const next = after.services.find(({ name }) => name === service.name)
          if (next !== undefined) floors.set(service.engineName, floorOf(service, next))
        }
        await converge(engine, { app: after, release: 2 })
        expect(lows.slice(0, 3)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('keeps a service with its volume, and never starts it on an empty one', async () => {
    await fc.assert(
      fc.asyncProperty(evolutions, fc.constantFrom('node-1', 'node-2', 'node-3'), async ([before, after], lost) => {
        const engine = openFakeEngine()
        await converge(engine, { app: before, release: 1 })
        engine.outsider.setNode(lost, { state: 'down' })
        for (let round = 0; round < 20; round += 1) {
          await applySome(engine, { app: after, release: 2 })
          engine.tick(500)
        }
        const copies = new Set(engine.world.volumes.map(({ engineName }) => engineName))
        expect(engine.world.volumes).toHaveLength(copies.size)
      }),
      { numRuns: 40 },
    )
  })
})
