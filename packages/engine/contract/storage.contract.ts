import { describe, expect, it } from 'vitest'
import { benchService, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** What nodes keep, and what of it is given up. */
export const storageContract = (open: () => Bench): void => {
  const findNode = async ({ world, signal }: Bench): Promise<string> => (await world.engine.nodes(signal))[0]?.id ?? ''

  describe('what a node keeps', () => {
    it('is added up', async () => {
      const bench = open()
      const nodeId = await findNode(bench)
      const usage = await bench.world.engine.usage(nodeId, bench.signal)
      for (const { bytes, reclaimableBytes } of Object.values(usage)) {
        expect(reclaimableBytes).toBeGreaterThanOrEqual(0)
        expect(bytes).toBeGreaterThanOrEqual(reclaimableBytes)
      }
      const disk = await bench.world.engine.disk(nodeId, bench.signal)
      // An engine elsewhere shows no disk.
      expect(disk?.usedShare ?? 1).toBeGreaterThan(0)
    })

    it('says which images services have', async () => {
      const bench = open()
      await startService(bench, benchService(bench, 'web'))
      const images = await bench.world.engine.serviceImages(bench.signal)
      expect(images.some((image) => image.includes(bench.world.image.replace(/:[^/]*$/, '')))).toBe(true)
    })

    it('is not changed by asking what could go', async () => {
      const bench = open()
      const nodeId = await findNode(bench)
      const ask = () => bench.world.engine.prune({ nodeId, isDryRun: true }, bench.signal)
      expect(await ask()).toEqual(await ask())
    })

    it('is not told of a node that is not there', async () => {
      const { world, signal } = open()
      const missing = { code: expect.stringMatching(/^(?:not-found|unreachable)$/) }
      await expect(world.engine.usage('nobody', signal)).rejects.toMatchObject(missing)
      await expect(world.engine.prune({ nodeId: 'nobody', isDryRun: false }, signal)).rejects.toMatchObject(missing)
    })
  })
}
