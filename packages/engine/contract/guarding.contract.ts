import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors.ts'
import { benchFile, benchService, referTo, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** What an engine refuses, and what it tells of others. */
export const guardingContract = (open: () => Bench): void => {
  describe('what others did', () => {
    it('is told apart and never touched', async () => {
      const bench = open()
      await bench.world.outsider.createService(bench.engineName('web'))
      const found = await bench.findService('web')
      expect(found).toMatchObject({ isOwned: false })
      const service = benchService(bench, 'web')
      const { id = '', engineName = '' } = found ?? {}
      await expect(bench.apply({ kind: 'create-service', service })).rejects.toMatchObject({ code: 'name-taken' })
      await expect(bench.apply({ kind: 'update-service', id, service, changes: [] })).rejects.toThrow(EngineError)
      await expect(bench.apply({ kind: 'remove-service', id, engineName })).rejects.toMatchObject({ code: 'refused' })
      expect(await bench.world.outsider.hasService(bench.engineName('web'))).toBe(true)
    })

    it('shows as drift until it is put back', async () => {
      const bench = open()
      const service = benchService(bench, 'web', { environment: { LEVEL: 'info' } })
      const { id } = await startService(bench, service)
      await bench.world.outsider.setVariable(bench.engineName('web'), { key: 'LEVEL', value: 'debug' })
      const drifted = await bench.findService('web')
      expect(drifted?.definition).toEqual(service)
      expect(drifted?.drift).toEqual([{ field: 'environment.LEVEL', from: '"debug"', to: '"info"' }])
      await bench.apply({ kind: 'update-service', id, service, changes: drifted?.drift ?? [] })
      expect((await bench.findService('web'))?.drift).toEqual([])
    })
  })

  describe('errors', () => {
    it('say what is missing', async () => {
      const bench = open()
      const action = { kind: 'update-service', id: 'none', service: benchService(bench, 'web'), changes: [] } as const
      await expect(bench.apply(action)).rejects.toMatchObject({ code: 'not-found', retry: false })
    })

    it('say what is still in use', async () => {
      const bench = open()
      const config = benchFile(bench, 'settings')
      await bench.apply({ kind: 'create-config', file: config })
      await startService(bench, benchService(bench, 'web', { configs: [referTo(config)] }))
      const { id = '', engineName = '' } = (await bench.observe()).configs[0] ?? {}
      await expect(bench.apply({ kind: 'remove-config', id, engineName })).rejects.toMatchObject({ code: 'conflict' })
      expect((await bench.observe()).configs).toHaveLength(1)
    })

    it('say that the value of a secret is not at hand', async () => {
      const bench = open()
      const { dataBase64: _content, ...file } = benchFile(bench, 'password')
      await expect(bench.apply({ kind: 'create-secret', file })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('are EngineErrors also when no time was left', async () => {
      const { world, ref } = open()
      await expect(world.engine.observe(ref, AbortSignal.abort())).rejects.toThrow(EngineError)
    })
  })
}
