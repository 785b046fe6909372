import { createService } from '@atoll/plan/fixtures'
import type { Observed } from '@atoll/plan'
import { openFakeEngine } from './fake/index.ts'
import { once } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from './errors.ts'
import { gatherStats } from './gather-stats.ts'
import type { AskNode } from './gather-stats.ts'

const signal = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const sample: Omit<Awaited<ReturnType<AskNode>>[number], 'taskId'> = {
  atMs: 0,
  cpuNs: 0,
  memoryBytes: 1,
  memoryLimitBytes: 2,
  networkInBytes: 0,
  networkOutBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  processes: 1,
}
const answer: AskNode = async (_, taskIds) => taskIds.map((taskId) => ({ taskId, ...sample }))
const hang: AskNode = async (_node, _tasks, until) => {
  await once(until, 'abort')
  throw new EngineError('timeout', 'stopped before it was answered', { retry: false })
}

let observed: Observed
beforeEach(async () => {
  const engine = openFakeEngine()
  const service = createService('web', { image: 'registry.test/base:1', mode: { kind: 'global' } })
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, signal)
  engine.tick(5_000)
  observed = await engine.observe(ref, signal)
})

describe('what tasks use', () => {
  it('is told by the others when a node has lost its power and is still taken for ready', async () => {
    const ask: AskNode = (nodeId, ...rest) => (nodeId === 'node2id' ? hang : answer)(nodeId, ...rest)
    const usages = await gatherStats(observed, ask, { signal, answerMs: 100 })
    const told = Object.fromEntries(
      usages.map(({ node, sample: seen, trouble }) => [node, trouble ?? seen?.memoryBytes]),
    )
    expect(told).toEqual({ 'node-1': 1, 'node-2': 'no answer for 0.1 s', 'node-3': 1 })
  })

  it('is not asked of a node that is known to be down', async () => {
    const nodes = observed.nodes.map((node) => (node.id === 'node2id' ? { ...node, state: 'down' as const } : node))
    const ask: AskNode = (nodeId, ...rest) => (nodeId === 'node2id' ? hang : answer)(nodeId, ...rest)
    const usages = await gatherStats({ ...observed, nodes }, ask, { signal })
    expect(usages.find(({ node }) => node === 'node-2')).toMatchObject({ trouble: 'it is down' })
  })
})
