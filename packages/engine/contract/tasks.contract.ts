import { describe, expect, it } from 'vitest'
import type { ObservedTask } from '@atoll/plan'
import { benchService, isRunning, startService } from './bench.ts'
import type { Bench } from './bench.ts'

/** What tasks tell of themselves, well and unwell. */
export const tasksContract = (open: () => Bench): void => {
  describe('tasks', () => {
    it('tell node, image, slot and times', async () => {
      const bench = open()
      const { tasks } = await startService(bench, benchService(bench, 'web'))
      const nodes = await bench.world.engine.nodes(bench.signal)
      const task = tasks.find(isRunning)
      expect(task).toMatchObject({ slot: 1, isCurrent: true, image: bench.world.image })
      expect(nodes.map(({ id }) => id)).toContain(task?.nodeId)
      expect(task?.sinceMs).toBeGreaterThanOrEqual(task?.createdAtMs ?? Infinity)
    })

    it('that crash tell their exit status', async () => {
      const bench = open()
      await bench.apply({
        kind: 'create-service',
        service: benchService(bench, 'web', { command: ['sh', '-c', 'exit 3'] }),
      })
      const { tasks } = await bench.until('web', (found) => found.tasks.some(({ state }) => state === 'failed'))
      const failed = tasks.find(({ state }) => state === 'failed')
      expect(failed).toMatchObject({ exitCode: 3 })
      const detail = await bench.world.engine.inspectTask(failed?.id ?? '', bench.signal)
      expect(detail).toMatchObject({ exitCode: 3, isOutOfMemory: false })
    })

    it('without an image are rejected with the reason', async () => {
      const bench = open()
      await bench.apply({
        kind: 'create-service',
        service: benchService(bench, 'web', { image: bench.world.missingImage }),
      })
      const { tasks } = await bench.until('web', (found) => found.tasks.some(({ state }) => state === 'rejected'))
      expect(tasks.find(({ state }) => state === 'rejected')?.error).toMatch(/no such image/i)
    })

    it('that no node can take say so', async () => {
      const bench = open()
      const placement = { constraints: ['node.labels.none==such'], spread: [], maxPerNode: 0 }
      await bench.apply({ kind: 'create-service', service: benchService(bench, 'web', { placement }) })
      const { tasks } = await bench.until('web', (found) => found.tasks.some(({ error }) => error !== undefined))
      expect(tasks[0]).toMatchObject({ state: 'pending', error: expect.stringContaining('no suitable node') })
    })

    it('that never get healthy never run', async () => {
      const bench = open()
      const healthcheck = { test: ['CMD', 'false'], intervalMs: 1_000, timeoutMs: 1_000, retries: 1, startPeriodMs: 0 }
      await bench.apply({ kind: 'create-service', service: benchService(bench, 'web', { healthcheck }) })
      const { tasks } = await bench.until('web', (found) => found.tasks.some(({ state }) => state === 'failed'))
      expect(tasks.filter(isRunning)).toEqual([])
      expect(tasks.find(({ state }) => state === 'failed')?.error).toMatch(/unhealthy/)
    })

    it('of a job end, and run again when asked to', async () => {
      const bench = open()
      const job = benchService(bench, 'job', {
        mode: { kind: 'once', completions: 1, concurrency: 1 },
        restart: { condition: 'on-failure' },
        command: ['true'],
      })
      await bench.apply({ kind: 'create-service', service: job })
      const first = await bench.until('job', ({ tasks }) => tasks.some(isDone))
      await bench.apply({ kind: 'update-service', id: first.id, service: { ...job, generation: 1 }, changes: [] })
      const ids = new Set(first.tasks.map(({ id }) => id))
      const second = await bench.until('job', ({ tasks }) => tasks.some((task) => isDone(task) && !ids.has(task.id)))
      expect(second.tasks.filter((task) => ids.has(task.id) && task.isCurrent)).toEqual([])
    })
  })
}

const isDone = ({ isCurrent, state }: ObservedTask): boolean => isCurrent && state === 'complete'
