import { deploy, deployments, why } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import { repairDrift } from './repair-drift.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const ref = { app: 'shop', environment: 'test' }
const web = createService('web', { environment: { LEVEL: 'info' } })
const repaired: App = { ...createApp([web]), drift: 'repair' }

const send = (stage: Stage, app: App) =>
  stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))

/** A deployed app and a control that looks after drift. */
const open = async (app: App, node = 0) => {
  const stage = openStage()
  await send(stage, app)
  const test = await openTestControl(stage, { node })
  const stop = new AbortController()
  const work = repairDrift(test.control, stop.signal)
  const name = app.services[0]?.engineName ?? ''
  return {
    stage,
    log: test.log,
    change: () => stage.engine.outsider.change(name, (spec) => ({ ...spec, environment: { LEVEL: 'debug' } })),
    level: () => stage.engine.world.services.get(name)?.spec.environment['LEVEL'],
    list: () => deployments(stage.createContext('ann'), { app: app.name, environment: app.environment }, never),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      await test[Symbol.asyncDispose]()
    },
  }
}

describe('drift of an app that is to be repaired', () => {
  it('is undone after it has stood for half a minute, by a deployment of its own', async () => {
    await using shop = await open(repaired)
    shop.change()
    await shop.stage.pass(25_000)
    expect(shop.level()).toBe('debug')
    await shop.stage.pass(30_000)
    expect(shop.level()).toBe('info')
    expect((await shop.list())[0]).toMatchObject({
      task: { kind: 'repair', isAutomatic: true, found: ['web: environment.LEVEL'] },
      state: 'converged',
      receipt: { author: 'atoll@node-1' },
    })
  })

  it('is undone with a growing pause, and only reported in the end, until a person deploys', async () => {
    await using shop = await open(repaired)
    const startMs = shop.stage.clock.now()
    while (shop.stage.clock.now() - startMs < 60 * minuteMs) {
      if (shop.level() === 'info') shop.change()
      await shop.stage.pass(minuteMs / 2)
    }
    const begun = (await shop.list()).map(({ receipt }) => receipt.startedAtMs).toReversed()
    expect(begun).toHaveLength(6)
    const pauses = begun.slice(1).map((atMs, index) => atMs - (begun[index] ?? 0))
    expect(pauses.slice(1)).toEqual(pauses.slice(1).toSorted((a, b) => a - b))
    expect(pauses.at(-1)).toBeGreaterThan(8 * minuteMs)
    expect(shop.level()).toBe('debug')
    expect(shop.log.filter(({ event }) => event === 'drift is only reported')).toHaveLength(1)
    const last = (await why(shop.stage.createContext('ann'), ref, never)).at(-1)
    expect(last).toMatchObject({ isBad: true, message: expect.stringContaining('only reported') })
    await send(shop.stage, { ...repaired, services: [{ ...web, image: 'web:2' }] })
    shop.change()
    await shop.stage.pass(2 * minuteMs)
    expect(shop.level()).toBe('info')
  })

  it('is left alone by a control that does not lead', async () => {
    await using shop = await open(repaired, 1)
    shop.change()
    await shop.stage.pass(10 * minuteMs)
    expect(shop.level()).toBe('debug')
  })
})

describe('drift that is not to be repaired', () => {
  it.each<[string, App]>([
    ['of an app that says nothing', createApp([web])],
    ['of the platform', { ...repaired, name: 'atoll', services: [{ ...web, engineName: 'atoll_test_web' }] }],
  ])('%s stays', async (_, app) => {
    await using shop = await open(app)
    shop.change()
    await shop.stage.pass(10 * minuteMs)
    expect(shop.level()).toBe('debug')
    expect(await shop.list()).toHaveLength(1)
  })
})
