import { describe, expect, it } from 'vitest'
import { plan } from '@atoll/plan'
import { createApp, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { openFakeEngine } from './index.ts'
import type { FakeEngine } from './index.ts'

const signal = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }

const deploy = async (engine: FakeEngine, app: App, release = 1): Promise<void> => {
  for (const action of plan({ app, release, keep: [] }, await engine.observe(ref, signal), engine.clock.now())) {
    await engine.apply(action, { ref, release, secrets: {} }, signal)
  }
}

const statesOf = async (engine: FakeEngine): Promise<readonly string[]> => {
  const { services } = await engine.observe(ref, signal)
  return services.flatMap(({ tasks }) => tasks.map(({ state }) => state))
}

const web = (change: Parameters<typeof createService>[1] = {}) =>
  createService('web', { mode: { kind: 'replicated', replicas: 3 }, ...change })

describe('the fake engine', () => {
  it('brings tasks from new to running in its own time', async () => {
    const engine = openFakeEngine()
    await deploy(engine, createApp([web()]))
    expect(await statesOf(engine)).toEqual([])
    engine.tick(1_000)
    expect(await statesOf(engine)).toEqual(['running', 'running', 'running'])
  })

  it('replaces tasks one by one and says when it is done', async () => {
    const engine = openFakeEngine()
    await deploy(engine, createApp([web()]))
    engine.tick(1_000)
    await deploy(engine, createApp([web({ image: 'web:2' })]), 2)
    engine.tick(500)
    expect((await engine.observe(ref, signal)).services[0]?.update?.state).toBe('updating')
    engine.tick(10_000)
    const service = (await engine.observe(ref, signal)).services[0]
    expect(service?.update?.state).toBe('completed')
    expect(service?.tasks.filter((task) => task.state === 'running').map((task) => task.image)).toEqual(
      Array(3).fill('web:2'),
    )
  })

  it('pauses an update whose first task fails, and the others go on as they were', async () => {
    const engine = openFakeEngine()
    engine.setImage('web:2', { run: { kind: 'exits', afterMs: 100, exitCode: 3, lines: ['no database'] } })
    await deploy(engine, createApp([web()]))
    engine.tick(1_000)
    await deploy(engine, createApp([web({ image: 'web:2' })]), 2)
    engine.tick(10_000)
    const service = (await engine.observe(ref, signal)).services[0]
    expect(service?.update?.state).toBe('paused')
    expect(service?.tasks.filter((task) => task.state === 'running').map((task) => task.image)).toContain('web:1')
  })

  it('says why no node can take a task', async () => {
    const engine = openFakeEngine()
    await deploy(
      engine,
      createApp([web({ placement: { constraints: ['node.labels.zone==x'], spread: [], maxPerNode: 0 } })]),
    )
    engine.tick(1_000)
    const task = (await engine.observe(ref, signal)).services[0]?.tasks[0]
    expect(task).toMatchObject({
      state: 'pending',
      error: 'no suitable node (scheduling constraints not satisfied on 3 nodes)',
    })
  })

  it('starts tasks elsewhere when their node is lost', async () => {
    const engine = openFakeEngine()
    await deploy(engine, createApp([web()]))
    engine.tick(1_000)
    engine.outsider.setNode('node-2', { state: 'down' })
    engine.tick(1_000)
    const { services, nodes } = await engine.observe(ref, signal)
    const running = services[0]?.tasks.filter((task) => task.state === 'running' && task.desired === 'running') ?? []
    expect(running).toHaveLength(3)
    expect(running.map((task) => task.nodeId)).not.toContain(nodes[1]?.id)
  })

  it('lets its time flow while somebody watches', async () => {
    const engine = openFakeEngine()
    await deploy(engine, createApp([web()]))
    const kinds = new Set<string>()
    for await (const event of engine.watch(ref, signal)) {
      kinds.add(event.kind)
      if (event.kind === 'tick') break
    }
    expect([...kinds]).toEqual(['task', 'tick'])
    expect(await statesOf(engine)).toEqual(['running', 'running', 'running'])
  })
})
