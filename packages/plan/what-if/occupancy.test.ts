import { expect, it } from 'vitest'
import { createService, createVolumeMount } from '../fixtures.ts'
import { createObserved, createObservedNode, createObservedWorld } from '../simulate.ts'
import { toOccupancy, toPlacedTasks, toPlacingRules } from './occupancy.ts'

it('keeps of a definition what decides where it runs', () => {
  const service = createService('web', {
    mode: { kind: 'replicated', replicas: 3 },
    resources: { limits: { memoryBytes: 9 }, reservations: { memoryBytes: 5 } },
    ports: [
      { target: 80, published: 8080, protocol: 'tcp', mode: 'host' },
      { target: 81, published: 8081, protocol: 'tcp', mode: 'ingress' },
      { target: 82, protocol: 'tcp', mode: 'host' },
    ],
    mounts: [createVolumeMount('data')],
  })
  expect(toPlacingRules(service)).toEqual({
    mode: { kind: 'replicated', replicas: 3 },
    isRestarted: true,
    placement: service.placement,
    platforms: [],
    reservations: { memoryBytes: 5, nanoCpus: 0 },
    nodePorts: ['8080/tcp'],
    volumes: ['shop_test_data'],
  })
})

it('takes what runs once for what the engine is asked for', () => {
  const once = createService('job', { mode: { kind: 'once', completions: 2, concurrency: 1 } })
  expect(toPlacingRules(once)).toMatchObject({ mode: { kind: 'replicated', replicas: 2 }, isRestarted: false })
  const retried = { ...once, restart: { condition: 'on-failure' } } as const
  expect(toPlacingRules(retried).isRestarted).toBe(true)
  expect(toPlacingRules({ ...once, mode: { kind: 'once-per-node' } }).mode).toEqual({ kind: 'global' })
})

it('misses no data of what has a volume on each node', () => {
  const agent = createService('agent', { mode: { kind: 'global' }, mounts: [createVolumeMount('data')] })
  expect(toPlacingRules(agent).volumes).toEqual([])
})

it('counts tasks that hold room', () => {
  expect(
    toPlacedTasks([
      { state: 'running', desired: 'running', nodeId: 'a' },
      { state: 'running', desired: 'shutdown', nodeId: 'b' },
      { state: 'ready', desired: 'ready', nodeId: 'c' },
      { state: 'failed', desired: 'shutdown', nodeId: 'd' },
      { state: 'pending', desired: 'running' },
      { state: 'pending', desired: 'running', nodeId: 'e' },
    ]),
  ).toEqual([
    { nodeId: 'a', isWanted: true, isRunning: true },
    { nodeId: 'b', isWanted: false, isRunning: true },
    { nodeId: 'c', isWanted: true, isRunning: false },
  ])
})

it('leaves out of an environment what is not its own, and what nobody can read', () => {
  const nodes = [createObservedNode('node-1')]
  const web = createObserved(createService('web'), { release: 1, nodeId: 'node-1-id' })
  const { definition: _, ...unread } = createObserved(createService('old'), { release: 1, nodeId: 'node-1-id' })
  const stranger = { ...createObserved(createService('alien'), { release: 1, nodeId: 'node-1-id' }), isOwned: false }
  const { services } = toOccupancy(createObservedWorld(nodes, { services: [web, unread, stranger] }))
  expect(services.map(({ name, ref, tasks }) => [name, ref?.app, tasks])).toEqual([
    ['web', 'shop', [{ nodeId: 'node-1-id', isWanted: true, isRunning: true }]],
  ])
})
