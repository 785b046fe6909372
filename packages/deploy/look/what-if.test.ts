import { createApp, createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { deploy } from '../deploy.ts'
import { listen, openStage } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { status } from './status.ts'
import { foresee } from './what-if.ts'
import type { WhatIfRequest } from './what-if.ts'

const app = createApp([
  createService('web', {
    mode: { kind: 'replicated', replicas: 3 },
    placement: { constraints: [], spread: [], maxPerNode: 1 },
  }),
  createService('api', { mode: { kind: 'replicated', replicas: 3 } }),
])

/** Five nodes in zones a, b, c, a, b, of which the first three manage. */
const openShop = async (nodes = 5): Promise<Stage> => {
  const stage = openStage({ nodes })
  await stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
  return stage
}

const ask = (stage: Stage, request: WhatIfRequest) => foresee(stage.createContext('ann'), request, stage.signal)

const tell = async (stage: Stage, request: WhatIfRequest) =>
  (await ask(stage, request)).outcomes.map(({ lost, survives, services }) => ({
    lost,
    survives,
    services: services.map(({ service, before, after }) => `${service} ${before} -> ${after}`),
  }))

describe('foresee', () => {
  it('answers for nodes that go together, by name or id', async () => {
    const stage = await openShop(3)
    expect(await tell(stage, { lose: ['node-3'] })).toEqual([
      { lost: ['node-3'], survives: false, services: ['api 3 -> 3', 'web 3 -> 2'] },
    ])
    const [both] = await tell(stage, { lose: ['node-2', 'node3id'] })
    expect(both).toMatchObject({ lost: ['node-2', 'node-3'], survives: false })
  })

  it('answers for a zone', async () => {
    expect(await tell(await openShop(), { zone: 'b' })).toMatchObject([{ lost: ['node-2', 'node-5'], survives: true }])
  })

  it('goes through the nodes, and then tells only of what would not be whole', async () => {
    const outcomes = await tell(await openShop(3), {})
    expect(outcomes).toEqual(
      ['node-1', 'node-2', 'node-3'].map((name) => ({ lost: [name], survives: false, services: ['web 3 -> 2'] })),
    )
    expect((await tell(await openShop(), {})).map(({ survives, services }) => [survives, ...services])).toEqual(
      Array.from({ length: 5 }, () => [true]),
    )
  })

  it('does what the engine then does', async () => {
    const stage = await openShop(3)
    const [outcome] = (await ask(stage, { lose: ['node-2'] })).outcomes
    stage.engine.outsider.setNode('node-2', { availability: 'drain' })
    await stage.pass(30_000)
    const { services } = await status(stage.createContext('ann'), { app: 'shop', environment: 'test' }, stage.signal)
    expect(services.map(({ service, running }) => [service, running])).toEqual(
      outcome?.services.map(({ service, after }) => [service, after]),
    )
  })

  it('knows no other node, zone or app, and says which there are', async () => {
    const stage = await openShop()
    await expect(ask(stage, { lose: ['nowhere'] })).rejects.toMatchObject({
      code: 'not-found',
      hint: 'the nodes are node-1, node-2, node-3, node-4, node-5',
    })
    await expect(ask(stage, { zone: 'x' })).rejects.toMatchObject({ hint: 'the zones are a, b, c' })
    for (const node of stage.engine.world.nodes) node.labels = {}
    await expect(ask(stage, { zone: 'x' })).rejects.toMatchObject({
      hint: expect.stringContaining('atoll node label NODE zone='),
    })
    await expect(ask(stage, { app: 'blog' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(ask(stage, { app: 'shop', environment: 'other' })).rejects.toMatchObject({ code: 'not-found' })
    expect(await tell(stage, { app: 'shop', environment: 'test' })).toHaveLength(5)
  })
})

describe('status', () => {
  it('says whether the app survives the loss of any node', async () => {
    const ref = { app: 'shop', environment: 'test' }
    const small = await openShop(3)
    expect((await status(small.createContext('ann'), ref, small.signal)).survival).toMatchObject({
      survives: false,
      because: [
        'without node-1: web 3 -> 2, there may be 1 on a node, and that many are on node-2, node-3',
        expect.stringContaining('without node-2'),
        expect.stringContaining('without node-3'),
      ],
    })
    const large = await openShop()
    expect((await status(large.createContext('ann'), ref, large.signal)).survival).toEqual({
      survives: true,
      because: [],
    })
    const none = openStage()
    expect(await status(none.createContext('ann'), ref, none.signal)).not.toHaveProperty('survival')
  })
})
