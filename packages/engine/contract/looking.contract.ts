import { describe, expect, it } from 'vitest'
import type { LogLine } from '../engine.ts'
import { benchService, isRunning, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** Events, nodes, logs, programs and images. */
export const lookingContract = (open: () => Bench): void => {
  describe('looking in', () => {
    it('watches what changes, until it is told to stop', async () => {
      const bench = open()
      const stop = new AbortController()
      let count = 0
      await bench.apply({ kind: 'create-service', service: benchService(bench, 'web') })
      for await (const _event of bench.world.engine.watch(bench.ref, AbortSignal.any([stop.signal, bench.signal]))) {
        count += 1
        stop.abort()
      }
      expect(count).toBeGreaterThan(0)
      expect(bench.signal.aborted).toBe(false)
    })

    it('lists nodes with what they are', async () => {
      const { world, signal } = open()
      const nodes = await world.engine.nodes(signal)
      expect(nodes.filter(({ isLeader }) => isLeader)).toMatchObject([{ isManager: true, state: 'ready', os: 'linux' }])
      expect(Math.min(...nodes.map(({ memoryBytes }) => memoryBytes))).toBeGreaterThan(0)
      expect(Math.min(...nodes.map(({ nanoCpus }) => nanoCpus))).toBeGreaterThan(0)
    })

    it('reads logs', async () => {
      const bench = open()
      const service = benchService(bench, 'web', { command: ['sh', '-c', 'echo hello; sleep 1000'] })
      const { tasks } = await startService(bench, service)
      const lines: LogLine[] = []
      const query = { ref: bench.ref, services: ['web'], follow: true }
      for await (const line of bench.world.engine.logs(query, bench.signal)) {
        lines.push(line)
        break
      }
      const taskId = tasks.find(isRunning)?.id
      expect(lines).toMatchObject([{ service: 'web', taskId, stream: 'stdout', text: 'hello' }])
    })

    it('runs programs in a task, bytes in and bytes out', async () => {
      const bench = open()
      const service = benchService(bench, 'web', { environment: { LEVEL: 'info' } })
      const { tasks } = await startService(bench, service)
      const taskId = tasks.find(isRunning)?.id ?? ''
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      const echoed = await run(bench, { taskId, argv: ['cat'], input: bytes })
      expect(echoed).toEqual({ status: 0, output: Buffer.from(bytes) })
      expect((await run(bench, { taskId, argv: ['env'] })).output.toString()).toContain('LEVEL=info')
      expect((await run(bench, { taskId, argv: ['sh', '-c', 'exit 7'] })).status).toBe(7)
    })

    it('knows images from missing ones', async () => {
      const { world, signal } = open()
      expect(await world.engine.resolveImage(world.image, signal)).toMatchObject({ kind: 'digest' })
      expect(await world.engine.resolveImage(world.missingImage, signal)).toMatchObject({ kind: 'missing' })
    })
  })
}

const run = async (
  { world, signal }: Bench,
  { taskId, argv, input }: { readonly taskId: string; readonly argv: readonly string[]; readonly input?: Uint8Array },
): Promise<{ readonly status: number; readonly output: Buffer }> => {
  const chunks: Uint8Array[] = []
  const take = (chunk: Uint8Array): void => void chunks.push(Uint8Array.from(chunk))
  const stdin = input === undefined ? {} : { stdin: once(input) }
  const status = await world.engine.exec(
    { taskId, argv, environment: {}, stdout: take, stderr: take, ...stdin },
    signal,
  )
  return { status, output: Buffer.concat(chunks) }
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}
