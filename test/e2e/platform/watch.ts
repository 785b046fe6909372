import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import type { Platform } from './open-platform.ts'

const taskSchema = z.object({ node: z.string().optional() })
const statusSchema = z.object({ services: z.array(z.object({ service: z.string(), tasks: z.array(taskSchema) })) })

/** Looking on while something happens. Leaves nothing behind. */
export const watchTests = (open: () => Platform): void => {
  describe('status --watch', () => {
    test('tells each change, also when the control that told is gone', async () => {
      const platform = open()
      const composePath = join(platform.folder, 'compose.yaml')
      const before = readFileSync(composePath)
      platform.write('lookout', { web: sleeper(platform.lab, '1') })
      await platform.good('deploy')
      const child = platform.start(['status', '--watch', '--json', '--app', 'lookout'])
      const seen: number[] = []
      let rest = ''
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const { services } = statusSchema.parse(JSON.parse(line))
          seen.push(services[0]?.tasks.length ?? 0)
        }
      })
      const isSeen = (count: number) => expect.poll(() => seen.at(-1), { timeout: 30_000 }).toBe(count)
      await isSeen(1)
      await platform.good('scale', 'web=2', '--app', 'lookout')
      await isSeen(2)
      // The link led to the control of this node.
      await platform.lab.run('node-1', ['docker', 'kill', await platform.findContainer('node-1', 'control')])
      await platform.good('scale', 'web=3', '--app', 'lookout')
      await isSeen(3)
      child.kill('SIGINT')
      await once(child, 'exit')
      await platform.good('rm', '--yes', '--app', 'lookout')
      writeFileSync(composePath, before)
    })
  })
}
