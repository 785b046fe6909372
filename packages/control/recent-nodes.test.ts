import { openStage } from '@atoll/deploy/stage'
import type { Engine } from '@atoll/engine'
import { expect, it } from 'vitest'
import { limits } from './limits.ts'
import { shareNodes } from './recent-nodes.ts'

const never = new AbortController().signal

/** Counts how often the nodes are asked for. */
const open = () => {
  const stage = openStage()
  const asked = { times: 0 }
  const engine: Engine = {
    ...stage.engine,
    nodes: (signal) => {
      asked.times += 1
      return stage.engine.nodes(signal)
    },
  }
  return { stage, asked, recentNodes: shareNodes({ engine, clock: stage.clock }) }
}

it('asks once for all who ask within a moment, and again after it', async () => {
  const { stage, asked, recentNodes } = open()
  await Promise.all([recentNodes(never), recentNodes(never)])
  await stage.pass(limits.recentNodesMs - 1)
  await recentNodes(never)
  expect(asked.times).toBe(1)
  stage.engine.outsider.setNode('node-1', { availability: 'drain' })
  await stage.pass(1)
  const [first] = await recentNodes(never)
  expect(first?.availability).toBe('drain')
  expect(asked.times).toBe(2)
})

it('keeps no failure', async () => {
  const { stage, recentNodes } = open()
  stage.engine.world.failure = 'no-quorum'
  await expect(recentNodes(never)).rejects.toThrow('no-quorum')
  stage.engine.world.failure = undefined
  expect(await recentNodes(never)).not.toEqual([])
})
