import { describe, expect, it } from 'vitest'
import { createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { openFakeEngine } from './index.ts'
import type { FakeEngine, FakeRun, FakeService } from './index.ts'

const signal = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }

const write = async (engine: FakeEngine, service: Service, release: number): Promise<void> => {
  const { services } = await engine.observe(ref, signal)
  const id = services.find(({ engineName }) => engineName === service.engineName)?.id
  const context = { ref, release, secrets: {} }
  if (id === undefined) await engine.apply({ kind: 'create-service', service }, context, signal)
  else await engine.apply({ kind: 'update-service', id, service, changes: [] }, context, signal)
  engine.tick(10_000)
}

const getWeb = (engine: FakeEngine): FakeService => {
  const service = engine.world.services.get('shop_test_web')
  if (service === undefined) throw new Error('the service is gone')
  return service
}

const web = (image: string, change: Partial<Service> = {}): Service =>
  createService('web', { image, mode: { kind: 'replicated', replicas: 2 }, ...change })

const running = (engine: FakeEngine): readonly string[] =>
  getWeb(engine)
    .tasks.filter(({ state, desired }) => state === 'running' && desired === 'running')
    .map(({ service }) => service.image)

const crashing: FakeRun = { kind: 'exits', afterMs: 100, exitCode: 1 }

describe('failures in the fake engine', () => {
  it('are rolled back when the policy says so, labels and all', async () => {
    const engine = openFakeEngine()
    engine.setImage('web:2', { run: crashing })
    const update = { ...web('web:1').update, failureAction: 'rollback' } as const
    await write(engine, web('web:1', { update }), 1)
    await write(engine, web('web:2', { update }), 2)
    expect(getWeb(engine)).toMatchObject({ release: 1, definition: { image: 'web:1' } })
    expect(getWeb(engine).update?.state).toBe('rollback_completed')
    expect(running(engine)).toEqual(['web:1', 'web:1'])
  })

  it('that pause an update count anew when it is tried again', async () => {
    const engine = openFakeEngine()
    engine.setImage('web:2', { run: crashing })
    await write(engine, web('web:1'), 1)
    await write(engine, web('web:2'), 2)
    expect(getWeb(engine).update?.state).toBe('paused')
    engine.setImage('web:2', { run: { kind: 'serves' } })
    await write(engine, web('web:2'), 2)
    expect(getWeb(engine).update?.state).toBe('completed')
    expect(running(engine)).toEqual(['web:2', 'web:2'])
  })

  it('end a service that may not restart', async () => {
    const engine = openFakeEngine()
    engine.setImage('web:1', { run: crashing })
    await write(engine, web('web:1', { restart: { condition: 'any', delayMs: 100, maxAttempts: 2 } }), 1)
    expect(getWeb(engine).tasks.filter(({ state }) => state === 'failed')).toHaveLength(6)
    expect(running(engine)).toEqual([])
  })

  it('tell of memory and of health', async () => {
    const engine = openFakeEngine()
    engine.setImage('web:1', { run: { kind: 'exits', afterMs: 100, exitCode: 137, isOutOfMemory: true } })
    await write(engine, web('web:1'), 1)
    const failed = getWeb(engine).tasks.find(({ state }) => state === 'failed')
    expect(await engine.inspectTask(failed?.id ?? '', signal)).toMatchObject({ exitCode: 137, isOutOfMemory: true })
    engine.setImage('web:2', { run: { kind: 'unhealthy', afterMs: 500, output: 'connection refused' } })
    await write(engine, web('web:2'), 2)
    const sick = getWeb(engine).tasks.find(({ error }) => error?.includes('unhealthy'))
    const { health } = await engine.inspectTask(sick?.id ?? '', signal)
    expect(health).toMatchObject([{ exitCode: 1, output: 'connection refused' }])
  })

  it('of a node leave its tasks as last seen, and it takes them down when it returns', async () => {
    const engine = openFakeEngine({ nodes: 2 })
    await write(engine, web('web:1'), 1)
    engine.outsider.setNode('node-2', { state: 'down' })
    engine.tick(2_000)
    const lost = getWeb(engine).tasks.find(({ nodeId }) => nodeId === 'node2id')
    expect(lost).toMatchObject({ state: 'running', desired: 'shutdown' })
    expect(running(engine)).toHaveLength(2)
    engine.outsider.setNode('node-2', { state: 'ready' })
    engine.tick(2_000)
    expect(lost?.state).toBe('shutdown')
    expect(running(engine)).toHaveLength(2)
  })

  it('of the engine itself are what a test says', async () => {
    const engine = openFakeEngine()
    engine.world.failure = 'no-quorum'
    await expect(engine.observe(ref, signal)).rejects.toMatchObject({ code: 'no-quorum', retry: true })
  })
})
