import { describe, expect, it } from 'vitest'
import { createService, createVolumeMount } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { openFakeEngine } from './index.ts'
import type { FakeEngine } from './index.ts'

const signal = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const context = { ref, release: 1, secrets: {} }

const start = async (engine: FakeEngine, change: Partial<Service>): Promise<void> => {
  await engine.apply({ kind: 'create-service', service: createService('web', change) }, context, signal)
  engine.tick(2_000)
}

const tasksOf = (engine: FakeEngine): readonly string[] =>
  (engine.world.services.get('shop_test_web')?.tasks ?? [])
    .filter(({ desired }) => desired === 'running')
    .map(({ nodeId, state, error }) => `${nodeId ?? '-'} ${state}${error === undefined ? '' : ` ${error}`}`)
    .toSorted()

const replicas = (count: number): Pick<Service, 'mode'> => ({ mode: { kind: 'replicated', replicas: count } })

describe('where the fake engine runs tasks', () => {
  it('is at most so many on a node', async () => {
    const engine = openFakeEngine({ nodes: 2 })
    await start(engine, { ...replicas(3), placement: { constraints: [], spread: [], maxPerNode: 1 } })
    expect(tasksOf(engine)).toEqual([
      '- pending no suitable node (max replicas per node limit exceed on 2 nodes)',
      'node1id running',
      'node2id running',
    ])
  })

  it('is one for a port of the node', async () => {
    const engine = openFakeEngine({ nodes: 1 })
    await start(engine, { ...replicas(2), ports: [{ target: 80, published: 80, protocol: 'tcp', mode: 'host' }] })
    expect(tasksOf(engine)).toEqual([
      '- pending no suitable node (host-mode port already in use on 1 node)',
      'node1id running',
    ])
  })

  it('is where what is reserved still fits', async () => {
    const engine = openFakeEngine({ nodes: 1 })
    await start(engine, { ...replicas(3), resources: { limits: {}, reservations: { nanoCpus: 1e9 } } })
    expect(tasksOf(engine)).toEqual([
      '- pending no suitable node (insufficient resources on 1 node)',
      'node1id running',
      'node1id running',
    ])
  })

  it('spreads over zones', async () => {
    const engine = openFakeEngine({ nodes: 4 })
    await start(engine, { ...replicas(3), placement: { constraints: [], spread: ['node.labels.zone'], maxPerNode: 0 } })
    expect(tasksOf(engine)).toEqual(['node1id running', 'node2id running', 'node3id running'])
  })

  it('is every node that takes tasks, for a global service', async () => {
    const engine = openFakeEngine()
    engine.outsider.setNode('node-2', { availability: 'drain' })
    await start(engine, { mode: { kind: 'global' } })
    expect(tasksOf(engine)).toEqual(['node1id running', 'node3id running'])
    engine.outsider.setNode('node-2', { availability: 'active' })
    engine.tick(2_000)
    expect(tasksOf(engine)).toHaveLength(3)
  })

  it('refuses more processors than the node has', async () => {
    const engine = openFakeEngine({ nodes: 1 })
    await start(engine, { resources: { limits: { nanoCpus: 4e9 }, reservations: {} } })
    const task = engine.world.services.get('shop_test_web')?.tasks.at(-1)
    expect(task).toMatchObject({ state: 'rejected', error: 'range of CPUs is from 0.01 to 2.00' })
  })
})

describe('volumes of the fake engine', () => {
  const engineName = 'shop_test_data'

  const startWithData = async (): Promise<FakeEngine> => {
    const engine = openFakeEngine()
    const volume = { name: 'data', engineName, isExternal: false, driver: 'local', driverOptions: {}, labels: {} }
    const place = { nodeId: 'node1id', nodeName: 'node-1' }
    await engine.apply({ kind: 'place-volume', volume, ...place, service: 'web' }, context, signal)
    const placement = { constraints: ['node.id==node1id'], spread: [], maxPerNode: 0 }
    await start(engine, { mounts: [createVolumeMount('data')], placement })
    return engine
  }

  const move = (engine: FakeEngine, toNodeId: string): Promise<void> =>
    engine.moveVolume({ ref, engineName, toNodeId, onProgress: () => undefined }, signal)

  it('come to be where a task first uses them', async () => {
    const engine = await startWithData()
    expect(engine.world.volumes).toMatchObject([{ engineName, nodeId: 'node1id', uses: 1 }])
    expect(await engine.volumeSizes(ref, signal)).toEqual({ [engineName]: 4096 })
  })

  it('move with what they hold, and leave the old copy', async () => {
    const engine = await startWithData()
    await move(engine, 'node2id')
    expect(engine.world.volumes).toMatchObject([
      { nodeId: 'node1id', uses: 1 },
      { nodeId: 'node2id', uses: 1 },
    ])
    expect((await engine.observe(ref, signal)).volumes).toEqual([{ engineName, nodeId: 'node2id', nodeName: 'node-2' }])
  })

  it('do not move from or to a node that is down', async () => {
    const engine = await startWithData()
    engine.outsider.setNode('node-2', { state: 'down' })
    await expect(move(engine, 'node2id')).rejects.toMatchObject({ code: 'unreachable' })
    engine.outsider.setNode('node-1', { state: 'down' })
    await expect(move(engine, 'node3id')).rejects.toMatchObject({ code: 'unreachable' })
    expect((await engine.observe(ref, signal)).volumes).toMatchObject([{ nodeId: 'node1id' }])
  })

  it('are removed by their owner only', async () => {
    const engine = await startWithData()
    const stranger = { app: 'blog', environment: 'test' }
    await expect(engine.removeVolume(stranger, engineName, 'node1id', signal)).rejects.toMatchObject({
      code: 'refused',
    })
    await engine.removeVolume(ref, engineName, 'node1id', signal)
    expect(engine.world.volumes).toEqual([])
  })
})
