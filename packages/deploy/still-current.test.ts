import { createApp, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { expect, it } from 'vitest'
import { addRoute } from './change-routes.ts'
import type { Context, RunOptions } from './context.ts'
import { deploy } from './deploy.ts'
import { restart, scale } from './derive.ts'
import { deployments } from './look/releases.ts'
import type { Outcome } from './records.ts'
import { rollback } from './rollback.ts'
import { listen, openStage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }
const version = (number: number): App =>
  createApp([createService('web', { image: `web:${number}`, mode: { kind: 'replicated', replicas: 1 } })])

type Change = (context: Context, options: RunOptions) => Promise<Outcome>

const scaling: Change = (context, options) => scale(context, { ref, replicas: { web: 3 } }, options)
const restarting: Change = (context, options) => restart(context, { ref, services: [] }, options)
const adding: Change = (context, options) =>
  addRoute(context, { ref, service: 'web', route: { host: 'shop.example.org', port: 80 } }, options)
const goingBack: Change = (context, options) => rollback(context, { ref }, options)

/** Documents whose owner stands still between looking and taking the environment. */
const standStillBeforeTaking = (documents: Context['documents']) => {
  const arrived = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let looks = 0
  const find: Context['documents']['find'] = async (collection, id, signal) => {
    if (collection === 'environment') looks += 1
    if (looks === 2) {
      arrived.resolve()
      await goOn.promise
    }
    return documents.find(collection, id, signal)
  }
  return { documents: { ...documents, find }, arrived: arrived.promise, goOn: goOn.resolve }
}

it.each([
  ['scale', scaling],
  ['restart', restarting],
  ['adding a route', adding],
  ['rollback', goingBack],
])('%s is refused, and changes nothing, when another release became current while it looked', async (_, change) => {
  const stage = openStage()
  const send = (number: number) =>
    stage.settle(deploy(stage.createContext('ann'), { app: version(number), secrets: {}, author: 'ann' }, listen()))
  await send(1)
  await send(2)
  const slow = standStillBeforeTaking(stage.documents)
  const late = change(stage.createContext('bob', { documents: slow.documents }), listen())
  const ended = Promise.allSettled([late])
  await slow.arrived
  await send(3)
  slow.goOn()
  const message = 'change release 2 of shop/test: release 3 is the current one by now'
  expect(await stage.settle(ended)).toMatchObject([{ status: 'rejected', reason: { code: 'refused', message } }])
  const { services } = await stage.observe(version(1))
  const running = services[0]?.tasks.filter(({ state }) => state === 'running') ?? []
  expect(running.map(({ image }) => image.split('@')[0])).toEqual(['web:3'])
  expect((await deployments(stage.createContext('eve'), ref, stage.signal)).map(({ number }) => number)).toEqual([
    3, 2, 1,
  ])
  expect(await stage.settle(change(stage.createContext('bob'), listen()))).toMatchObject({ kind: 'converged' })
})

it('a release that is named is gone back to, whatever became current', async () => {
  const stage = openStage()
  for (const number of [1, 2])
    await stage.settle(
      deploy(stage.createContext('ann'), { app: version(number), secrets: {}, author: 'ann' }, listen()),
    )
  const slow = standStillBeforeTaking(stage.documents)
  const late = rollback(stage.createContext('bob', { documents: slow.documents }), { ref, release: 1 }, listen())
  await slow.arrived
  await stage.settle(deploy(stage.createContext('ann'), { app: version(3), secrets: {}, author: 'ann' }, listen()))
  slow.goOn()
  expect(await stage.settle(late)).toMatchObject({ kind: 'converged', release: 1 })
})
