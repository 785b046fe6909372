import { openStage } from '@atoll/deploy/stage'
import type { Client } from '@atoll/api'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from '../test-control.ts'

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
  const client = control.client(await addPerson(control, { name: 'ann', grants: [{ role: 'viewer' }] }))
  return { stage, client, count, trouble, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

type Stage = Awaited<ReturnType<typeof open>>['stage']

const follow = (client: Client, lastId?: string) => {
  const ending = new AbortController()
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
  const events = client.follow('followStatus', { params, headers }, ending.signal)
  return {
    next: async () => {
      const { value } = await events.next()
      if (value === undefined) throw new Error('the stream has ended')
      return { id: value.id, tasks: value.event.services.flatMap(({ tasks }) => tasks).length }
    },
    leave: () => ending.abort(),
  }
}

const deploy = ({ engine }: Stage, name: string): Promise<void> => {
  const service = createService(name, { engineName: `shop_test_${name}`, image: 'registry.test/base:1' })
  return engine.apply({ kind: 'create-service', service }, { ref: params, release: 1, secrets: {} }, live)
}

describe('a status that is followed', () => {
  it('comes at once and with each change, for any number of people over one watch of the engine', async () => {
    await using opened = await open()
    const { stage, client, count } = opened
    await deploy(stage, 'web')
    const [ann, bob] = [follow(client), follow(client)]
    const [first, same] = await stage.settle(Promise.all([ann.next(), bob.next()]))
    expect(same.id).toBe(first.id)
    await deploy(stage, 'api')
    const seen = await stage.settle(Promise.all([ann.next(), bob.next()]))
    expect(seen[0].id).not.toBe(first.id)
    expect(count).toEqual({ watches: 1, open: 1 })
    ann.leave()
    bob.leave()
    await expect.poll(() => count.open).toBe(0)
  })

  it('says nothing that was seen already, and goes on when the engine was away', async () => {
    await using opened = await open()
    const { stage, client, trouble, count } = opened
    await deploy(stage, 'web')
    await stage.pass(60_000)
    const ann = follow(client)
    const { id } = await stage.settle(ann.next())
    ann.leave()
    const again = follow(client, id)
    const next = again.next()
    await stage.pass(5_000)
    trouble.isAway = true
    await stage.pass(20_000)
    trouble.isAway = false
    await deploy(stage, 'api')
    expect((await stage.settle(next)).id).not.toBe(id)
    expect(count.watches).toBeGreaterThan(1)
    again.leave()
  })
})
