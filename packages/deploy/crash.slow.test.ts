import { createApp, createService } from '@atoll/plan/fixtures'
import type { App, Service } from '@atoll/spec'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Context } from './context.ts'
import { deploy } from './deploy.ts'
import { NotFoundError } from './errors.ts'
import { intercept } from './intercept.ts'
import { deployments, releases } from './look/releases.ts'
import type { Outcome } from './records.ts'
import { remove } from './remove.ts'
import { resume } from './resume.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }

/** What a killed process does: from the n-th call on nothing it asks for happens, and it never hears of it. */
class Killed extends Error {}

/** Either the call was not made, or it was made and its answer was lost. */
type Moment = 'before' | 'after'

const killAt = (stage: Stage, { call, moment }: { readonly call: number; readonly moment: Moment }) => {
  let calls = 0
  const controller = new AbortController()
  const never = new Promise<never>(() => {})
  const onCall = (make: () => unknown): unknown => {
    calls += 1
    if (calls < call) return make()
    if (calls === call && moment === 'after') void make()
    controller.abort(new Killed())
    return never
  }
  const died = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error))
  })
  return {
    context: stage.createContext('ann', {
      engine: intercept<Engine>(stage.engine, onCall),
      documents: intercept<Documents>(stage.documents, onCall),
    }),
    /** The work as the world sees it: it ends, or it is killed and never heard of again. */
    orDie: <T>(work: Promise<T>): Promise<T | 'killed'> => {
      work.catch(() => {})
      return Promise.race([work, died]).catch((error: unknown) => {
        if (error instanceof Killed) return 'killed' as const
        throw error
      })
    },
  }
}

const web = (image: string, change: Partial<Service> = {}): Service =>
  createService('web', { image, mode: { kind: 'replicated', replicas: 2 }, ...change })

const before = createApp([web('web:1'), createService('db'), createService('old')])
const after = createApp([
  web('web:2', { dependsOn: [{ service: 'db', condition: 'healthy', isRequired: true, restarts: false }] }),
  createService('db', { environment: { LEVEL: 'debug' } }),
])

const describeWorld = async (stage: Stage): Promise<string> => {
  const { services } = await stage.observe(before)
  const parts = services.map((service) => {
    const live = service.tasks.filter((task) => task.desired === 'running' && task.state === 'running')
    const images = new Set(live.map((task) => task.image.split('@')[0]))
    const level = service.definition?.environment['LEVEL'] ?? 'info'
    return `${service.definition?.name} ${[...images].join('|')}*${live.length} ${level}`
  })
  return parts.toSorted().join(', ')
}

const send = (context: Context, app: App) => deploy(context, { app, secrets: {}, author: 'ann' }, listen())

const oldWorld = 'db db:1*1 info, old old:1*1 info, web web:1*2 info'
const newWorld = 'db db:1*1 debug, web web:2*2 info'

const expectWhole = async (stage: Stage, outcome: Outcome | undefined): Promise<void> => {
  const { current } = (await stage.documents.find<{ current: number }>('environment', 'shop.test', stage.signal))!.value
  expect(await describeWorld(stage)).toBe(current === 2 ? newWorld : oldWorld)
  if (outcome !== undefined) expect(current).toBe(outcome.kind === 'converged' ? 2 : 1)
  const all = await deployments(stage.createContext('eve'), ref, stage.signal)
  expect(all.every(({ state, receipt }) => state !== 'running' && receipt.state === state)).toBe(true)
  expect(all.length).toBeLessThanOrEqual(2)
}

const resumeIfAny = async (stage: Stage): Promise<Outcome | undefined> =>
  stage.settle(resume(stage.createContext('bob'), { ref }, listen()).catch(ignoreNotFound))

const ignoreNotFound = (error: unknown): undefined => {
  if (!(error instanceof NotFoundError)) throw error
}

/** One world after the other in which a deploy was killed at its first, second, third call, until one survives. */
async function* killedStages(moment: Moment): AsyncGenerator<Stage> {
  for (let call = 1; ; call += 1) {
    const stage = openStage()
    await stage.settle(send(stage.createContext('ann'), before))
    const { context, orDie } = killAt(stage, { call, moment })
    if ((await stage.settle(orDie(send(context, after)))) === 'killed') yield stage
    else if (call > 20) return
    else throw new Error(`call ${call} was never made: too little was killed to prove anything`)
  }
}

describe.each(['before', 'after'] as const)('killed at any call, %s it is made', (moment) => {
  const walk = async (image: Parameters<Stage['engine']['setImage']>[1] | undefined) => {
    const ends: string[] = []
    // Going back is twice as long: every other call of it is enough.
    for (let call = 1; ; call += image === undefined ? 1 : 2) {
      const stage = openStage()
      await stage.settle(send(stage.createContext('ann'), before))
      if (image !== undefined) stage.engine.setImage('web:2', image)
      const { context, orDie } = killAt(stage, { call, moment })
      const first = await stage.settle(orDie(send(context, after)))
      if (first !== 'killed') return { ends, calls: call }
      const second = await resumeIfAny(stage)
      await expectWhole(stage, second)
      ends.push(second?.kind ?? 'nothing')
    }
  }

  it('is finished by resume', async () => {
    const { ends, calls } = await walk(undefined)
    expect(calls).toBeGreaterThan(30)
    expect(new Set(ends)).toEqual(new Set(['nothing', 'rolled-back', 'converged']))
  }, 60_000)

  it('is taken back by resume when the release is bad', async () => {
    const { ends, calls } = await walk({ run: { kind: 'exits', afterMs: 100, exitCode: 1 } })
    expect(calls).toBeGreaterThan(30)
    expect(new Set(ends)).toEqual(new Set(['nothing', 'rolled-back']))
  }, 60_000)

  it('is finished by the next deploy of the same files, with one receipt', async () => {
    for await (const stage of killedStages(moment)) {
      const outcome = await stage.settle(send(stage.createContext('bob'), after))
      expect(outcome.kind).toBe('converged')
      expect(await describeWorld(stage)).toBe(newWorld)
      const [last, ...older] = await deployments(stage.createContext('eve'), ref, stage.signal)
      expect(last?.state).toBe('converged')
      expect(older.every(({ state }) => state !== 'running')).toBe(true)
      expect(last?.receipt.resumedBy.length === 0 || last?.number === 2).toBe(true)
    }
  }, 60_000)

  it('is replaced by a deploy of other files, and nothing of it is left', async () => {
    for await (const stage of killedStages(moment)) {
      const other = createApp([web('web:3'), createService('extra')])
      expect(await stage.settle(send(stage.createContext('bob'), other))).toMatchObject({ kind: 'converged' })
      expect(await describeWorld(stage)).toBe('extra extra:1*1 info, web web:3*2 info')
      const all = await deployments(stage.createContext('eve'), ref, stage.signal)
      expect(all.every(({ state }) => state !== 'running')).toBe(true)
    }
  }, 60_000)

  it('goes back even from a refused deploy, when the one before was left half-way', async () => {
    for await (const stage of killedStages(moment)) {
      stage.engine.setImage('web:9', { run: { kind: 'missing' } })
      const outcome = await stage.settle(send(stage.createContext('bob'), createApp([web('web:9')])))
      const [current] = (await releases(stage.createContext('eve'), ref, stage.signal)).filter((r) => r.isCurrent)
      expect(outcome.kind).toBe('rolled-back')
      expect(await describeWorld(stage)).toBe(current?.number === 1 ? oldWorld : newWorld)
    }
  }, 60_000)

  it('is removed wholly, by resume or by removing again', async () => {
    for (let call = 1; ; call += 1) {
      const stage = openStage()
      await stage.settle(send(stage.createContext('ann'), before))
      const { context, orDie } = killAt(stage, { call, moment })
      const work = remove(context, { ref, volumes: true }, listen())
      if ((await stage.settle(orDie(work))) !== 'killed') break
      if ((await resumeIfAny(stage))?.kind !== 'converged') {
        const again = remove(stage.createContext('bob'), { ref, volumes: true }, listen())
        await stage.settle(again.catch(ignoreNotFound))
      }
      const observed = await stage.observe(before)
      expect([...observed.services, ...observed.networks, ...observed.volumes]).toEqual([])
      for (const collection of ['environment', 'release', 'deployment']) {
        expect(await stage.documents.list(collection, {}, stage.signal)).toEqual([])
      }
    }
  }, 60_000)
})

describe('killed, and whoever carries on is killed too', () => {
  const moments = fc.constantFrom<Moment>('before', 'after')
  const kill = fc.record({ call: fc.integer({ min: 1, max: 60 }), moment: moments })

  it('is whole in the end, whatever the last one does', async () => {
    const next = fc.constantFrom('resume', 'same', 'other', 'refused')
    const ways = fc.tuple(next, next)
    const property = fc.asyncProperty(fc.boolean(), kill, kill, ways, async (isFirst, first, second, [then, last]) => {
      const stage = openStage()
      if (!isFirst) await stage.settle(send(stage.createContext('ann'), before))
      stage.engine.setImage('web:9', { run: { kind: 'missing' } })
      const other = createApp([web('web:3'), createService('extra')])
      const carryOn = (context: Context, how: string) => {
        if (how === 'resume') return resume(context, { ref }, listen()).catch(ignoreNotFound)
        return send(context, how === 'same' ? after : how === 'other' ? other : createApp([web('web:9')]))
      }
      const one = killAt(stage, first)
      await stage.settle(one.orDie(send(one.context, after)))
      const two = killAt(stage, second)
      await stage.settle(two.orDie(carryOn(two.context, then)))
      await stage.settle(carryOn(stage.createContext('bob'), last))

      const eve = stage.createContext('eve')
      const all = await deployments(eve, ref, stage.signal)
      expect(all.filter(({ state }) => state === 'running')).toEqual([])
      const current = (await releases(eve, ref, stage.signal)).find(({ isCurrent }) => isCurrent)
      const image = current?.app.services.find(({ name }) => name === 'web')?.image.split('@')[0] ?? ''
      const worlds: Record<string, string> = {
        'web:1': oldWorld,
        'web:2': newWorld,
        'web:3': 'extra extra:1*1 info, web web:3*2 info',
      }
      const world = await describeWorld(stage)
      // A first release that came to nothing is kept, but nothing of it runs.
      expect(image === '' ? world.replaceAll(/\S+ \*0 \w+(, )?/g, '') : world).toBe(worlds[image] ?? '')
    })
    await fc.assert(property, { numRuns: 100 })
  }, 120_000)
})

describe('a world that fails for a while', () => {
  const failing = (stage: Stage, isDown: () => boolean): Documents =>
    intercept<Documents>(stage.documents, (call) =>
      isDown() ? Promise.reject(new EngineError('no-quorum', 'the managers elect a leader')) : call(),
    )

  it.each([1, 3, 6])('outlives an election of 60 s that begins after %d s', async (seconds) => {
    const stage = openStage()
    await stage.settle(send(stage.createContext('ann'), before))
    const fromMs = stage.clock.now() + seconds * 1_000
    const isDown = (): boolean => stage.clock.now() >= fromMs && stage.clock.now() < fromMs + 60_000
    const context = stage.createContext('ann', { documents: failing(stage, isDown) })
    expect((await stage.settle(send(context, after))).kind).toBe('converged')
    expect(await describeWorld(stage)).toBe(newWorld)
  })

  it('does not begin without a quorum: it says so, and gives up after the time of an election', async () => {
    const stage = openStage()
    const context = stage.createContext('ann', { documents: failing(stage, () => true) })
    const told = listen(stage.signal)
    const startedMs = stage.clock.now()
    const work = deploy(context, { app: after, secrets: {}, author: 'ann' }, told)
    await expect(stage.settle(work)).rejects.toMatchObject({ code: 'no-quorum' })
    expect(stage.clock.now() - startedMs).toBeLessThanOrEqual(60_000)
    expect(told.events).toMatchObject([{ kind: 'wait', message: expect.stringContaining('trying again') }])
  })

  it('outlives an engine that does not answer for a minute', async () => {
    const stage = openStage()
    await stage.settle(send(stage.createContext('ann'), before))
    const work = send(stage.createContext('ann'), after)
    await stage.pass(500)
    stage.engine.world.failure = 'unreachable'
    await stage.pass(60_000)
    stage.engine.world.failure = undefined
    expect((await stage.settle(work)).kind).toBe('converged')
  })

  it('gives up on an engine that stays away, and can be resumed without waiting', async () => {
    const stage = openStage()
    await stage.settle(send(stage.createContext('ann'), before))
    const work = send(stage.createContext('ann'), after)
    work.catch(() => {})
    await stage.pass(500)
    stage.engine.world.failure = 'unreachable'
    await expect(stage.settle(work)).rejects.toMatchObject({ code: 'unreachable' })
    stage.engine.world.failure = undefined
    expect((await resumeIfAny(stage))?.kind).toBe('converged')
    expect(await describeWorld(stage)).toBe(newWorld)
  })
})
