import { watchCollections } from '@atoll/deploy'
import type { VisitorCounter } from '@atoll/deploy'
import { openStage } from '@atoll/deploy/stage'
import type { ServiceTally } from '@atoll/engine'
import { beforeEach, describe, expect, it } from 'vitest'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'
import { runCanaries } from './run-canaries.ts'

const never = new AbortController().signal
const params = { app: 'shop', environment: 'test' }
const minuteMs = 60_000
const compose = (image: string): string => `
name: shop
services:
  web:
    image: ${image}
    deploy: {replicas: 3}
    x-atoll: {routes: [{host: shop.example.org, port: 8080}]}
`

/** What the tasks of each service have answered since ever. */
let tallies: readonly ServiceTally[]
beforeEach(() => (tallies = []))
const answered = (service: string, count: number, errors = 0): ServiceTally => ({
  service,
  answered: count,
  errors,
  failed: 0,
  totalMs: count * 10,
})
const nobody = { requests: 0, statuses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }, failed: 0, cut: 0 }
const none = { ...nobody, retries: 0, redispatches: 0, abandoned: 0, slowestMs: 0 }
const visitors: VisitorCounter = {
  begin: async () => 'begun',
  renew: async () => {},
  end: async () => ({ all: none, routes: [], services: tallies, uncounted: [] }),
}

/** An app with a release, and a control that looks after canaries until it is stopped. */
const open = async (node = 0) => {
  const stage = openStage()
  const test = await openTestControl(stage, { node, visitors })
  const client = test.client(await addPerson(test, { name: 'ann', grants: [{ role: 'deployer' }] }))
  const send = async (body: Parameters<typeof client.call<'startDeployment'>>[1]['body']) => {
    const { operation } = await stage.settle(client.call('startDeployment', { params, body }, never))
    const events = client.follow('followOperation', { params: { ...params, operation } }, never)
    await stage.settle(Array.fromAsync(events))
    return client.call('getOperation', { params: { ...params, operation } }, never)
  }
  const deploy = (image: string, canary?: { readonly share: number; readonly forMs: number }) =>
    send({ kind: 'deploy', project: uploadOf(compose(image)), ...(canary && { canary }) })
  const look = () => client.call('getStatus', { params }, never)
  const work = new Map<AbortController, Promise<void>>()
  const startLooking = () => {
    const stop = new AbortController()
    work.set(stop, runCanaries(test.control, stop.signal))
    return async () => {
      stop.abort()
      await stage.settle(work.get(stop) ?? Promise.resolve())
    }
  }
  await deploy('web:1')
  return {
    stage,
    send,
    deploy,
    look,
    startLooking,
    log: test.log,
    watches: () => stage.documents.list(watchCollections.canaries, {}, never),
    async [Symbol.asyncDispose]() {
      for (const stop of work.keys()) stop.abort()
      await stage.settle(Promise.all(work.values()))
      await test[Symbol.asyncDispose]()
    },
  }
}

const canary = { share: 0.25, forMs: 5 * minuteMs }

describe('a canary that was deployed through HTTP', () => {
  it('is measured, told of, and carried on by another control, which promotes it', async () => {
    await using shop = await open()
    const stopFirst = shop.startLooking()
    expect(await shop.deploy('web:2', canary)).toMatchObject({ outcome: { kind: 'converged', release: 2 } })
    await shop.stage.pass(30_000)
    tallies = [answered('web', 300), answered('web-canary', 100)]
    await shop.stage.pass(30_000)
    const seen = await shop.look()
    expect(seen).toMatchObject({
      release: { number: 2, origin: { kind: 'canary', from: 1, note: '25 % of web' } },
      canary: { base: 1, share: 0.25, isMeasuring: true, figures: { new: { answered: 100 } } },
      services: [{ service: 'web' }, { service: 'web-canary', wanted: 1 }],
    })
    // Definitions can hold what not everybody may read.
    expect(JSON.stringify(seen)).not.toContain('begun')
    expect(seen.release).not.toHaveProperty('next')
    await stopFirst()
    await shop.stage.pass(3 * minuteMs)
    shop.startLooking()
    await shop.stage.pass(3 * minuteMs)
    const ended = await shop.look()
    expect(ended).toMatchObject({ release: { number: 3 }, services: [{ service: 'web', running: 3 }] })
    expect(ended).not.toHaveProperty('canary')
    expect(shop.log).toContainEqual(expect.objectContaining({ event: 'canary ended', ended: 'promote' }))
    expect(await shop.watches()).toEqual([])
  })

  it('that fails goes back at once', async () => {
    await using shop = await open()
    shop.startLooking()
    await shop.deploy('web:2', canary)
    await shop.stage.pass(30_000)
    tallies = [answered('web', 300), answered('web-canary', 100, 30)]
    await shop.stage.pass(30_000)
    expect(await shop.look()).toMatchObject({ release: { number: 1 }, services: [{ service: 'web', running: 3 }] })
  })

  it('is ended by an operation of its own', async () => {
    await using shop = await open()
    await shop.deploy('web:2', canary)
    expect(await shop.send({ kind: 'abort-canary' })).toMatchObject({
      kind: 'abort-canary',
      outcome: { release: 1, receipt: { canary: { rule: 'asked', kind: 'abort' } } },
    })
    await shop.deploy('web:2', canary)
    expect(await shop.send({ kind: 'promote-canary' })).toMatchObject({ outcome: { release: 4 } })
    expect(await caught(shop.send({ kind: 'promote-canary' }))).toMatchObject({ status: 404, code: 'not-found' })
    expect(await caught(shop.deploy('web:2', canary))).toMatchObject({ status: 422, code: 'refused' })
  })

  it('is looked at by no control that does not lead', async () => {
    await using shop = await open(1)
    shop.startLooking()
    await shop.deploy('web:2', canary)
    await shop.stage.pass(10 * minuteMs)
    expect(await shop.look()).toMatchObject({ canary: { isMeasuring: false } })
    expect(await shop.watches()).toEqual([])
  })

  it('leaves nothing behind when its app is removed', async () => {
    await using shop = await open()
    const stop = shop.startLooking()
    await shop.deploy('web:2', canary)
    await shop.stage.pass(minuteMs)
    expect(await shop.watches()).toHaveLength(1)
    await stop()
    const { engine, documents } = shop.stage
    engine.world.services.clear()
    await documents.remove('environment', 'shop.test', never)
    shop.startLooking()
    await shop.stage.pass(minuteMs)
    expect(await shop.watches()).toEqual([])
  })
})
