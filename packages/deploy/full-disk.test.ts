import { expect, it } from 'vitest'
import type { Engine } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import { deploy } from './deploy.ts'
import { rollback } from './rollback.ts'
import { listen, openStage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }

/** A stage whose disks are full from the moment that is said. */
const openFull = () => {
  const stage = openStage()
  const state = { isFull: false }
  const disk = { sizeBytes: 100, freeBytes: 1, usedShare: 0.96, scarce: 'bytes' } as const
  const engine: Engine = {
    ...stage.engine,
    observe: async (of, signal) => {
      const observed = await stage.engine.observe(of, signal)
      return { ...observed, nodes: observed.nodes.map((node) => (state.isFull ? { ...node, disk } : node)) }
    },
  }
  const context = stage.createContext('ann', { engine })
  const send = (version: number, acceptsWarnings = false) => {
    const app = createApp([createService('web', { image: `web:${version}` })])
    return stage.settle(deploy(context, { app, secrets: {}, author: 'ann', acceptsWarnings }, listen()))
  }
  return { stage, context, state, send }
}

it('nothing new goes to full disks, unless somebody says so', async () => {
  const { state, send } = openFull()
  expect(await send(1)).toMatchObject({ kind: 'converged' })
  state.isFull = true
  const refused = await send(2)
  expect(refused).toMatchObject({ receipt: { causes: [{ kind: 'refused', service: 'web' }] } })
  expect(refused.kind).not.toBe('converged')
  expect(await send(3, true)).toMatchObject({ kind: 'converged' })
})

it('and one can still go back', async () => {
  const { stage, context, state, send } = openFull()
  await send(1)
  await send(2)
  state.isFull = true
  expect(await stage.settle(rollback(context, { ref, release: 1 }, listen()))).toMatchObject({ kind: 'converged' })
})
