import { deploy } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { Engine } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import type { Documents } from '@atoll/store'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { isLeader } from '../is-leader.ts'
import { limits } from '../limits.ts'
import { addPerson, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { drainNodes } from './drain-nodes.ts'
import { resumeAbandoned } from './resume-abandoned.ts'

const never = new AbortController().signal
const params = { node: 'node-2' }
const engineName = 'shop_test_web'
const web = createService('web', { engineName, mode: { kind: 'replicated', replicas: 3 } })

const openShop = async (service = web): Promise<Stage> => {
  const stage = openStage()
  const app = createApp([service])
  await stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
  return stage
}

const running = ({ engine }: Stage): readonly (string | undefined)[] =>
  (engine.world.services.get(engineName)?.tasks ?? [])
    .filter(({ state, desired }) => state === 'running' && desired === 'running')
    .map(({ nodeId }) => nodeId)

const watchFewest = (stage: Stage): (() => number) => {
  let fewest = Infinity
  stage.engine.world.listeners.add(() => (fewest = Math.min(fewest, running(stage).length)))
  return () => fewest
}

const clientOf = async (test: TestControl) =>
  test.client(await addPerson(test, { name: 'max', grants: [{ role: 'maintainer' }] }))

/** What a control does by itself, until the end of the test. */
const work = (stage: Stage, { control }: TestControl) => {
  const stop = new AbortController()
  const loops = Promise.all([drainNodes(control, stop.signal), resumeAbandoned(control, stop.signal)])
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await stage.settle(loops)
    },
  }
}

describe('a node that is to be drained', () => {
  it('is emptied by the control that leads, start first, and takes tasks again when it is resumed', async () => {
    const stage = await openShop()
    await using test = await openTestControl(stage)
    await using _ = work(stage, test)
    const fewest = watchFewest(stage)
    const max = await clientOf(test)
    const begun = await max.call('drainNode', { params, body: {} }, never)
    expect(begun).toMatchObject({ node: 'node-2', isBegun: true, untilMs: stage.clock.now() + 600_000 })
    await stage.pass(30_000)
    expect(stage.engine.world.nodes[1]).toMatchObject({ availability: 'drain' })
    expect(running(stage)).toHaveLength(3)
    expect(running(stage)).not.toContain('node2id')
    expect(fewest()).toBe(3)
    expect(await max.call('getDrain', { params }, never)).toMatchObject({ drain: { stage: 'drained', tasks: 0 } })
    expect(await max.call('resumeNode', { params }, never)).toEqual({ node: 'node-2', isChanged: true })
    await stage.pass(30_000)
    expect(stage.engine.world.nodes[1]).toMatchObject({ availability: 'active', labels: { zone: 'b' } })
    expect(stage.engine.world.services.get(engineName)?.spec.placement.constraints).toEqual([])
    expect(await max.call('getDrain', { params }, never)).toEqual({})
    const done = (await listAudit(test.control, never)).filter(({ kind }) => kind === 'done')
    expect(done).toMatchObject([
      { action: 'resumeNode', subject: 'node-2', by: 'max' },
      { action: 'drainNode', subject: 'node-2', by: 'max', after: { isForced: false } },
    ])
  })

  it('is left by several tasks of a service at once, which goes on at its own pace afterwards', async () => {
    const stage = await openShop({ ...web, mode: { kind: 'replicated', replicas: 12 } })
    await using test = await openTestControl(stage)
    await using _ = work(stage, test)
    const max = await clientOf(test)
    const counts: number[] = []
    stage.engine.world.listeners.add(() => void counts.push(running(stage).length))
    await max.call('drainNode', { params, body: {} }, never)
    await stage.pass(30_000)
    expect(await max.call('getDrain', { params }, never)).toMatchObject({ drain: { stage: 'drained', tasks: 0 } })
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([12, 16])
    expect(stage.engine.world.services.get(engineName)?.spec.update).toEqual(web.update)
  })

  it('is emptied by the next that leads when the one that began died in the middle of a move', async () => {
    const stage = await openShop()
    const { engine, documents, hasDied } = mortal(stage)
    await using doomed = await openTestControl(stage, { engine, documents })
    await using next = await openTestControl(stage, { node: 2 })
    const fewest = watchFewest(stage)
    const { signal } = new AbortController()
    void drainNodes(doomed.control, signal)
    await using _ = work(stage, next)
    await (await clientOf(next)).call('drainNode', { params, body: {} }, never)
    await stage.pass(5_000)
    expect(hasDied()).toBe(true)
    expect(running(stage)).toContain('node2id')
    stage.engine.outsider.setNode('node-1', { isLeader: false })
    stage.engine.outsider.setNode('node-3', { isLeader: true })
    await stage.pass(90_000)
    expect(stage.engine.world.nodes[1]).toMatchObject({ availability: 'drain' })
    expect(running(stage)).not.toContain('node2id')
    expect(fewest()).toBe(3)
  })

  it('keeps what does not start elsewhere, says why to whoever follows, and tries it again', async () => {
    const stage = await openShop()
    await using test = await openTestControl(stage)
    await using _ = work(stage, test)
    const max = await clientOf(test)
    stage.engine.setImage('web:1', { run: { kind: 'unhealthy', afterMs: 2_000, output: 'no pulse' } })
    await max.call('drainNode', { params, body: {} }, never)
    await stage.pass(45_000)
    const { drain } = await max.call('getDrain', { params }, never)
    const because = ['web did not become healthy on node-1, 2 times']
    expect(drain).toMatchObject({ stage: 'moving', services: [{ service: 'web', way: 'stays', because }] })
    expect(running(stage)).toContain('node2id')
    stage.engine.setImage('web:1', { run: { kind: 'serves' } })
    await stage.pass(150_000)
    expect(await max.call('getDrain', { params }, never)).toMatchObject({ drain: { stage: 'drained' } })
    expect(running(stage)).toHaveLength(3)
    expect(stage.engine.world.services.get(engineName)?.spec.update).toEqual(web.update)
  })

  it('is resumed after a service could not leave it, which then is asked for as before', async () => {
    const stage = await openShop()
    await using test = await openTestControl(stage)
    await using _ = work(stage, test)
    const max = await clientOf(test)
    stage.engine.setImage('web:1', { run: { kind: 'unhealthy', afterMs: 2_000, output: 'no pulse' } })
    await max.call('drainNode', { params, body: {} }, never)
    await stage.pass(45_000)
    await max.call('resumeNode', { params }, never)
    await stage.pass(90_000)
    const { update, placement } = stage.engine.world.services.get(engineName)!.spec
    expect({ update, constraints: placement.constraints }).toEqual({ update: web.update, constraints: [] })
  })

  it('may be the one that leads: then the control of another goes on', async () => {
    const stage = await openShop()
    await using first = await openTestControl(stage)
    await using second = await openTestControl(stage, { node: 1 })
    const lead = async (): Promise<readonly boolean[]> => {
      await stage.pass(limits.recentNodesMs)
      return Promise.all([first, second].map(({ control }) => isLeader(control, never)))
    }
    stage.engine.outsider.setNode('node-1', { availability: 'drain' })
    expect(await lead()).toEqual([false, true])
    stage.engine.outsider.setNode('node-1', { availability: 'active' })
    expect(await lead()).toEqual([true, false])
  })
})

/** Dies when it is about to write a service: from then on nothing it asks happens, and it hears no answer. */
const mortal = (stage: Stage) => {
  let isDead = false
  const guard = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...args: unknown[]): unknown => {
          isDead ||= name === 'apply'
          return isDead ? new Promise(() => {}) : Reflect.apply(verb, target, args)
        }
      },
    })
  return { engine: guard<Engine>(stage.engine), documents: guard<Documents>(stage.documents), hasDied: () => isDead }
}
