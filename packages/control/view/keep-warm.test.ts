import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { Engine, EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import { expect, it } from 'vitest'
import { emptyCopy } from './copy.ts'
import { keepWarm } from './keep-warm.ts'
import { findKnownCounts } from './known-counts.ts'
import { limits } from './limits.ts'
import { openView } from './view.ts'

const never = new AbortController().signal
const refs = Array.from({ length: 500 }, (_, index): EnvironmentRef => ({ app: `app-${index}`, environment: 'test' }))

const nothing = { services: 0, good: 0, wanted: 0, tasks: 0 }

/** A cluster with so many environments; what is asked of it is counted, and takes its time. */
const open = ({ tookMs = 0, refused = '', copy = emptyCopy } = {}) => {
  const stage = openStage()
  const calls = { ofAll: 0, observe: 0, atOnce: 0, mostAtOnce: 0, isAway: false }
  const call = async <T>(name: 'ofAll' | 'observe', answer: () => Promise<T>): Promise<T> => {
    calls[name] += 1
    calls.atOnce += 1
    calls.mostAtOnce = Math.max(calls.mostAtOnce, calls.atOnce)
    if (tookMs > 0) await stage.clock.wait(tookMs, never)
    calls.atOnce -= 1
    if (calls.isAway) throw new EngineError('no-quorum', 'no leader')
    return answer()
  }
  const engine: Engine = {
    ...stage.engine,
    countEnvironments: () => call('ofAll', async () => refs.map((ref) => ({ ref, ...nothing }))),
    occupancy: (signal) => call('ofAll', () => stage.engine.occupancy(signal)),
    observe: (ref, signal) =>
      call('observe', async () => {
        if (ref.app === refused) throw new EngineError('invalid', 'a label that nobody understands')
        return stage.engine.observe(ref, signal)
      }),
  }
  const view = openView({ ...stage, engine, node: { id: '' }, copy, reach: async () => false })
  const stop = new AbortController()
  const work = keepWarm(view.sources, stop.signal)
  return {
    stage,
    calls,
    view,
    sightings: view.sources.sightings,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      await view[Symbol.asyncDispose]()
    },
  }
}

const hourMs = 3_600_000

it('has seen everything after a while, one question at a time, and asks little from then on', async () => {
  await using world = open()
  await world.stage.pass(520_000)
  expect(world.sightings.environments()).toHaveLength(500)
  expect(world.calls.mostAtOnce).toBe(1)
  const before = { ...world.calls }
  await world.stage.pass(hourMs)
  expect(world.calls.observe - before.observe).toBeLessThanOrEqual(1_001)
  expect(world.calls.observe - before.observe).toBeGreaterThanOrEqual(999)
  expect(world.calls.ofAll - before.ofAll).toBeLessThanOrEqual(120)
})

it('sees within seconds what documents say another control has deployed', async () => {
  const ref = { app: 'late', environment: 'test' }
  const documents: Document[] = []
  const list = <T>(collection: string): readonly Document<T>[] =>
    collection === 'environment' ? (documents as Document<T>[]) : []
  await using world = open({ copy: { ...emptyCopy, list } })
  await world.stage.pass(100_000)
  expect(world.sightings.find(ref)).toBeUndefined()
  documents.push({ collection: 'environment', id: 'late.test', revision: 1, value: {}, writtenAtMs: 0 })
  await world.stage.pass(3_000)
  expect(world.sightings.find(ref)).toBeDefined()
})

it('knows the nodes and how everything does of the last minute, also when nobody ever looked', async () => {
  await using world = open()
  await world.stage.pass(600_000)
  const oldest = { countsMs: 0, nodesMs: 0 }
  for (let second = 0; second < 600; second += 1) {
    await world.stage.pass(1_000)
    const nowMs = world.stage.clock.now()
    oldest.countsMs = Math.max(oldest.countsMs, nowMs - (findKnownCounts(world.sightings)?.atMs ?? 0))
    oldest.nodesMs = Math.max(oldest.nodesMs, nowMs - (world.sightings.nodes()?.atMs ?? 0))
  }
  const mostMs = limits.warm.allEveryMs + 3 * limits.warm.pauseMs
  expect(oldest.countsMs).toBeLessThanOrEqual(mostMs)
  expect(oldest.nodesMs).toBeLessThanOrEqual(mostMs)
})

it('looks more often at what somebody looked at within the hour', async () => {
  await using world = open()
  await world.stage.pass(600_000)
  const [ref] = refs
  if (ref === undefined) throw new Error('bug: there are none')
  await world.view.look().engine.observe(ref, never)
  const oldest = { ms: 0 }
  for (let minute = 0; minute < 50; minute += 1) {
    await world.stage.pass(60_000)
    oldest.ms = Math.max(oldest.ms, world.stage.clock.now() - (world.sightings.find(ref)?.atMs ?? 0))
  }
  expect(oldest.ms).toBeLessThanOrEqual(limits.warm.lookedEveryMs + 3 * limits.warm.pauseMs)
})

it('is busy for a thirtieth of the time at most, however long a question takes', async () => {
  await using world = open({ tookMs: 2_000 })
  await world.stage.pass(hourMs)
  const { ofAll, observe } = world.calls
  expect(((ofAll + observe) * 2_000) / hourMs).toBeLessThanOrEqual(1 / 30)
  expect(observe).toBeGreaterThan(10)
})

it('leaves out what the engine refuses, and does not ask while it is away', async () => {
  await using world = open({ refused: 'app-0' })
  await world.stage.pass(120_000)
  expect(world.sightings.environments().length).toBeGreaterThan(100)
  world.calls.isAway = true
  world.stage.engine.world.failure = 'no-quorum'
  await world.stage.pass(10_000)
  const before = world.calls.observe + world.calls.ofAll
  await world.stage.pass(hourMs)
  expect(world.calls.observe + world.calls.ofAll).toBe(before)
  world.calls.isAway = false
  world.stage.engine.world.failure = undefined
  await world.stage.pass(60_000)
  expect(world.calls.observe + world.calls.ofAll).toBeGreaterThan(before)
})
