import { expect, test } from 'vitest'
import { withProgress } from './progress.ts'
import type { LabProgress } from './progress.ts'

const watch = async (perform: () => Promise<void>): Promise<LabProgress[]> => {
  const told: LabProgress[] = []
  const work = { what: 'forming the Swarm', usually: 'five seconds', onProgress: (one: LabProgress) => told.push(one) }
  await withProgress(work, perform).catch(() => undefined)
  return told
}

const began = { kind: 'began', what: 'forming the Swarm', usually: 'five seconds' }

test('work is told of when it begins and when it is done', async () => {
  const told = await watch(() => new Promise((resolve) => setTimeout(resolve, 20)))
  expect(told).toEqual([began, { kind: 'done', what: 'forming the Swarm', tookMs: expect.any(Number) }])
  expect(told[1]).toHaveProperty(
    'tookMs',
    expect.toSatisfy((tookMs: number) => tookMs >= 15 && tookMs < 10_000),
  )
})

test('work that fails has ended too, so that nobody goes on showing it', async () => {
  const told = await watch(() => Promise.reject(new Error('no quorum')))
  expect(told).toEqual([began, { kind: 'failed', what: 'forming the Swarm', tookMs: expect.any(Number) }])
})
