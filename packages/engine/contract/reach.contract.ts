import { pack, extract } from 'tar-stream'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { FilePlace } from '../reach.ts'
import { benchService, isRunning, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** What tasks use, and their files. */
export const reachContract = (open: () => Bench): void => {
  describe('reaching into tasks', () => {
    it('tells what each uses, with its node', async () => {
      const bench = open()
      const [node] = await bench.world.engine.nodes(bench.signal)
      const placement = { constraints: [`node.id == ${node?.id}`], spread: [], maxPerNode: 0 }
      await startService(bench, benchService(bench, 'web', { placement }))
      const usages = await bench.world.engine.stats(bench.ref, bench.signal)
      expect(usages).toMatchObject([{ service: 'web', slot: 1, nodeId: node?.id, node: node?.name, restarts: 0 }])
      const sample = usages[0]?.sample
      expect(sample?.taskId).toBe(usages[0]?.taskId)
      expect(sample?.memoryBytes).toBeGreaterThan(0)
      expect(sample?.memoryLimitBytes).toBeGreaterThan(sample?.memoryBytes ?? Infinity)
      expect(sample?.processes).toBeGreaterThan(0)
      expect(Math.abs((sample?.atMs ?? 0) - (await newestMs(bench)))).toBeLessThan(60_000)
    })

    it('takes files, says what they are, and gives them back', async () => {
      const bench = open()
      const taskId = await startTask(bench)
      const { engine } = bench.world
      const stat = (path: string) => engine.statFile({ taskId, path }, bench.signal)
      await write(bench, { taskId, path: '/tmp' })
      expect(await stat('/tmp/cargo')).toMatchObject({ kind: 'folder' })
      expect(await stat('/tmp/cargo/hold')).toMatchObject({ kind: 'file', sizeBytes: 300_000 })
      expect(await stat('/tmp/cargo/link')).toMatchObject({ kind: 'link' })
      expect(await stat('/tmp/nowhere')).toBeUndefined()
      expect(await read(bench, { taskId, path: '/tmp/cargo' })).toEqual([
        ['cargo/', 'directory', ''],
        ['cargo/hold', 'file', 'x'.repeat(300_000)],
        ['cargo/link', 'symlink', 'hold'],
      ])
      expect(await read(bench, { taskId, path: '/tmp/cargo/hold' })).toEqual([['hold', 'file', 'x'.repeat(300_000)]])
    })

    it('refuses paths that are not there', async () => {
      const bench = open()
      const taskId = await startTask(bench)
      await expect(read(bench, { taskId, path: '/nowhere' })).rejects.toMatchObject({ code: 'not-found' })
      await expect(write(bench, { taskId, path: '/nowhere' })).rejects.toMatchObject({ code: 'not-found' })
    })
  })
}

const startTask = async (bench: Bench): Promise<string> => {
  const { tasks } = await startService(bench, benchService(bench, 'web'))
  return tasks.find(isRunning)?.id ?? ''
}

/** By the engine's own clock, about. */
const newestMs = async (bench: Bench): Promise<number> =>
  Math.max(...((await bench.findService('web'))?.tasks ?? []).map(({ sinceMs }) => sinceMs))

const write = async ({ world, signal }: Bench, place: FilePlace): Promise<void> => {
  const tar = pack()
  tar.entry({ name: 'cargo/', type: 'directory', mode: 0o755 })
  tar.entry({ name: 'cargo/hold', mode: 0o640 }, 'x'.repeat(300_000))
  tar.entry({ name: 'cargo/link', type: 'symlink', linkname: 'hold' })
  tar.finalize()
  await world.engine.writeFiles({ ...place, tar: tar as AsyncIterable<Buffer> }, signal)
}

type Seen = readonly [name: string, type: string | null | undefined, content: string]

const read = async ({ world, signal }: Bench, place: FilePlace): Promise<readonly Seen[]> => {
  const chunks: Buffer[] = []
  await world.engine.readFiles({ ...place, take: (chunk) => void chunks.push(Buffer.from(chunk)) }, signal)
  const seen: Seen[] = []
  for await (const entry of Readable.from(chunks).pipe(extract())) {
    const parts: Buffer[] = []
    for await (const part of entry as AsyncIterable<Buffer>) parts.push(part)
    const { name, type, linkname } = entry.header
    seen.push([name, type, type === 'symlink' ? (linkname ?? '') : Buffer.concat(parts).toString()])
  }
  return seen.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
