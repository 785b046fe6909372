import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import { expect, it } from 'vitest'
import { createSiteBringer } from './bring-sites.ts'

const live = new AbortController().signal
const site = { id: 'a'.repeat(32), image: 'site', path: '/site' }

/** What each node says: nothing is that it has them. */
const bring = async (said: Readonly<Record<string, Error>>, change: Partial<ObservedNode> = {}) => {
  const stage = openStage({ nodes: 3 })
  const nodes = await stage.engine.nodes(live)
  const asked: string[] = []
  const bringer = createSiteBringer({
    clock: stage.clock,
    recentNodes: async () => nodes.map((node, index) => (index === 0 ? { ...node, ...change } : node)),
    routing: {
      fetchSite: async (nodeId) => {
        const name = nodes.find(({ id }) => id === nodeId)?.name ?? ''
        asked.push(name)
        if (said[name] !== undefined) throw said[name]
      },
    },
  })
  return { failures: await stage.settle(bringer.bring([site], live)), asked }
}

it('every node that serves routes is asked', async () => {
  expect(await bring({})).toEqual({ failures: [], asked: ['node-1', 'node-2', 'node-3'] })
  expect((await bring({}, { state: 'down' })).asked).toEqual(['node-2', 'node-3'])
  expect((await bring({}, { availability: 'drain' })).asked).toEqual(['node-2', 'node-3'])
})

it('what is wrong with the image is told once of all nodes; one that cannot be reached may come back', async () => {
  const missing = new EngineError('refused', 'pull site: nobody has it')
  const away = new EngineError('unreachable', 'reach the agent')
  const { failures } = await bring({ 'node-1': missing, 'node-2': away, 'node-3': missing })
  expect(failures).toEqual([
    { site, nodes: ['node-1', 'node-3'], message: 'pull site: nobody has it', isPassing: false },
    { site, nodes: ['node-2'], message: 'reach the agent', isPassing: true },
  ])
})

it('an agent that has just begun is asked again', async () => {
  const said: Record<string, Error> = { 'node-2': new EngineError('unreachable', 'no certificate yet') }
  const asking = bring(said)
  await new Promise((resolve) => setImmediate(resolve))
  delete said['node-2']
  const { failures, asked } = await asking
  expect(failures).toEqual([])
  expect(asked.filter((name) => name === 'node-2').length).toBeGreaterThan(1)
})

it('a node without an ingress serves nobody, and lacks nothing', async () => {
  expect((await bring({ 'node-1': new EngineError('not-found', 'this node has none') })).failures).toEqual([])
})

it('a fault of ours is none of a node', async () => {
  await expect(bring({ 'node-1': new TypeError('bug') })).rejects.toThrow('bug')
})
