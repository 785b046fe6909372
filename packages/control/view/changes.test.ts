import { openStage } from '@atoll/deploy/stage'
import type { Client } from '@atoll/api'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from '../test-control.ts'
import { limits } from './limits.ts'

const live = new AbortController().signal
const params = { app: 'shop', environment: 'test' }

const open = async () => {
  const stage = openStage()
  const count = { watches: 0, open: 0 }
  const trouble = { isAway: false }
  const engine: Engine = {
    ...stage.engine,
    watch: async function* (ref, signal) {
      count.watches += 1
      count.open += 1
      try {
        for await (const event of stage.engine.watch(ref, signal)) {
          if (trouble.isAway) throw new EngineError('unreachable', 'the agent is gone')
          yield event
        }
      } finally {
        count.open -= 1
      }
    },
  }
  const control = await openTestControl(stage, { engine })
  const client = control.client(await addPerson(control, { name: 'ann', grants: [{ role: 'viewer', app: 'shop' }] }))
  const viewer = control.client(await addPerson(control, { name: 'eve', grants: [{ role: 'viewer' }] }))
  return { stage, client, viewer, count, trouble, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

type Stage = Awaited<ReturnType<typeof open>>['stage']

const follow = (client: Client) => {
  const ending = new AbortController()
  const changes = client.follow('followChanges', { params }, ending.signal)
  return {
    next: async (): Promise<number> => {
      const { value } = await changes.next()
      if (value === undefined) throw new Error('the stream has ended')
      return value.event.atMs
    },
    leave: () => ending.abort(),
  }
}

const deploy = ({ engine }: Stage, name: string): Promise<void> => {
  const service = createService(name, { engineName: `shop_test_${name}`, image: 'registry.test/base:1' })
  return engine.apply({ kind: 'create-service', service }, { ref: params, release: 1, secrets: {} }, live)
}

describe('changes that are followed', () => {
  it('are told at once and then once a second, to any number of people over one watch of the engine', async () => {
    await using opened = await open()
    const { stage, client, count } = opened
    const [ann, bob] = [follow(client), follow(client)]
    const [first] = await stage.settle(Promise.all([ann.next(), bob.next()]))
    await deploy(stage, 'web')
    const [next] = await stage.settle(Promise.all([ann.next(), bob.next()]))
    expect((next ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_000)
    expect(count).toEqual({ watches: 1, open: 1 })
    ann.leave()
    expect(await stage.settle(bob.next())).toBeGreaterThan(next ?? 0)
    bob.leave()
    await expect.poll(() => count.open).toBe(0)
  })

  it('of too many environments are refused, and there is room again when somebody leaves', async () => {
    await using opened = await open()
    const { stage, count } = opened
    const ending = new AbortController()
    const client = opened.viewer
    const begin = (app: string) => client.follow('followChanges', { params: { ...params, app } }, ending.signal).next()
    await stage.settle(Promise.all(Array.from({ length: limits.changesFeeds }, (_, at) => begin(`app-${at}`))))
    await expect(stage.settle(begin('one-more'))).rejects.toMatchObject({ status: 429, code: 'too-many' })
    ending.abort()
    await expect.poll(() => count.open).toBe(0)
    const ann = follow(opened.client)
    await stage.settle(ann.next())
    ann.leave()
  })

  it('are told again when the engine was away', async () => {
    await using opened = await open()
    const { stage, client, count, trouble } = opened
    const ann = follow(client)
    await stage.settle(ann.next())
    trouble.isAway = true
    await stage.pass(20_000)
    expect(count.watches).toBeGreaterThan(1)
    trouble.isAway = false
    await stage.pass(5_000)
    expect(count.open).toBe(1)
    await deploy(stage, 'web')
    await stage.settle(ann.next())
    ann.leave()
  })
})
