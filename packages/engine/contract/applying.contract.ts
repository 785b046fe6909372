import { describe, expect, it } from 'vitest'
import type { Action, ObservedTask } from '@atoll/plan'
import { benchFile, benchNetwork, benchService, benchVolume, isRunning, referTo, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** What becomes of actions. */
export const applyingContract = (open: () => Bench): void => {
  describe('apply and observe', () => {
    it('gives back what was asked for', async () => {
      const bench = open()
      const network = benchNetwork(bench, 'back')
      const config = benchFile(bench, 'settings')
      const { dataBase64: _content, ...secret } = benchFile(bench, 'password')
      const service = benchService(bench, 'web', {
        environment: { LEVEL: 'info' },
        networks: [{ network: 'back', engineName: network.engineName, aliases: [], driverOptions: {} }],
        configs: [referTo(config)],
        secrets: [referTo(secret)],
      })
      await bench.apply({ kind: 'create-network', network })
      await bench.apply({ kind: 'create-config', file: config })
      await bench.apply({ kind: 'create-secret', file: secret }, { secret: new TextEncoder().encode('hush') })
      await bench.apply({ kind: 'create-service', service }, { release: 7 })
      const observed = await bench.observe()
      expect(observed.services).toMatchObject([{ isOwned: true, release: 7, drift: [] }])
      expect(observed.services[0]?.definition).toEqual(service)
      expect(observed.networks).toMatchObject([{ engineName: network.engineName, isOwned: true, definition: network }])
      expect(observed.configs).toMatchObject([{ engineName: config.engineName, isOwned: true }])
      expect(observed.secrets).toMatchObject([{ engineName: secret.engineName, isOwned: true }])
      expect(await bench.world.engine.listEnvironments(bench.signal)).toContainEqual(bench.ref)
    })

    it('does nothing the second time', async () => {
      const bench = open()
      const service = benchService(bench, 'web', { mode: { kind: 'replicated', replicas: 2 } })
      await bench.apply({ kind: 'create-service', service })
      const before = await bench.until('web', ({ tasks }) => tasks.filter(isRunning).length === 2)
      await bench.apply({ kind: 'create-service', service })
      await bench.apply({ kind: 'update-service', id: before.id, service, changes: [] })
      const after = await bench.findService('web')
      expect(after?.id).toBe(before.id)
      expect(runningIds(after?.tasks ?? [])).toEqual(runningIds(before.tasks))
    })

    it('updates in place, and shows which tasks are of the new definition', async () => {
      const bench = open()
      const before = await startService(bench, benchService(bench, 'web'))
      const service = benchService(bench, 'web', { environment: { LEVEL: 'debug' } })
      await bench.apply({ kind: 'update-service', id: before.id, service, changes: [] }, { release: 2 })
      const after = await bench.until('web', ({ update }) => update?.state === 'completed')
      expect(after).toMatchObject({ id: before.id, release: 2, definition: service, drift: [] })
      expect(after.tasks.filter(isRunning)).toMatchObject([{ isCurrent: true }])
      expect(runningIds(after.tasks)).not.toEqual(runningIds(before.tasks))
    })

    it('scales without touching tasks that run', async () => {
      const bench = open()
      const before = await startService(bench, benchService(bench, 'web'))
      const service = benchService(bench, 'web', { mode: { kind: 'replicated', replicas: 3 } })
      await bench.apply({ kind: 'update-service', id: before.id, service, changes: [] })
      const after = await bench.until('web', ({ tasks }) => tasks.filter(isRunning).length === 3)
      expect(runningIds(after.tasks)).toEqual(expect.arrayContaining([...runningIds(before.tasks)]))
      expect(after.tasks.filter(isRunning).every(({ isCurrent }) => isCurrent)).toBe(true)
    })

    it('takes one away where most of them are', async () => {
      const bench = open()
      const [node] = await bench.world.engine.nodes(bench.signal)
      const scale = (replicas: number, constraints: readonly string[]) =>
        benchService(bench, 'web', {
          mode: { kind: 'replicated', replicas },
          placement: { constraints, spread: [], maxPerNode: 0 },
        })
      await bench.apply({ kind: 'create-service', service: scale(2, [`node.id==${node?.id}`]) })
      const { id } = await bench.until('web', ({ tasks }) => tasks.filter(isRunning).length === 2)
      for (const replicas of [3, 2]) {
        await bench.apply({ kind: 'update-service', id, service: scale(replicas, []), changes: [] })
        await bench.until('web', ({ tasks }) => tasks.filter(isRunning).length === replicas)
      }
      const on = (await bench.findService('web'))?.tasks.filter(isRunning).map(({ nodeId }) => nodeId) ?? []
      expect([on.length, on.filter((nodeId) => nodeId === node?.id).length]).toEqual([2, 1])
    })

    it('replaces what cannot be changed in place, once', async () => {
      const bench = open()
      const before = await startService(bench, benchService(bench, 'web'))
      const service = benchService(bench, 'web', { mode: { kind: 'global' } })
      const action: Action = { kind: 'replace-service', id: before.id, service, changes: [] }
      await bench.apply(action)
      const after = await bench.findService('web')
      await bench.apply(action)
      expect(after?.id).not.toBe(before.id)
      expect(await bench.findService('web')).toMatchObject({ id: after?.id, definition: service })
    })

    it('removes, and minds not that it is gone', async () => {
      const bench = open()
      const { id, engineName } = await startService(bench, benchService(bench, 'web'))
      await bench.apply({ kind: 'remove-service', id, engineName })
      await bench.apply({ kind: 'remove-service', id, engineName })
      expect(await bench.findService('web')).toBeUndefined()
    })

    it('sends nothing for a wait', async () => {
      const bench = open()
      const engineName = bench.engineName('web')
      await bench.apply({ kind: 'await-service', service: 'web', engineName, condition: 'healthy' })
      expect((await bench.observe()).services).toEqual([])
    })

    it('remembers where a volume lives', async () => {
      const bench = open()
      const { engine } = bench.world
      const { id: nodeId = '', name: nodeName = '' } = (await engine.nodes(bench.signal))[0] ?? {}
      const volume = benchVolume(bench, 'data')
      const action: Action = { kind: 'place-volume', volume, nodeId, nodeName, service: 'db' }
      await bench.apply(action)
      await bench.apply(action)
      expect((await bench.observe()).volumes).toMatchObject([{ engineName: volume.engineName, nodeId, nodeName }])
      await engine.removeVolume(bench.ref, volume.engineName, nodeId, bench.signal)
      expect((await bench.observe()).volumes).toEqual([])
    })
  })
}

const runningIds = (tasks: readonly ObservedTask[]): readonly string[] =>
  tasks
    .filter(isRunning)
    .map(({ id }) => id)
    .toSorted()
