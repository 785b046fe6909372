import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App, Service } from '@atoll/spec'
import { beforeEach, expect, it } from 'vitest'
import type { Context } from './context.ts'
import { deploy } from './deploy.ts'
import { restart } from './derive.ts'
import { HandedOverError } from './errors.ts'
import type { DeploymentRecord } from './records.ts'
import { remove } from './remove.ts'
import { resume } from './resume.ts'
import { rollback } from './rollback.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import type { VisitorAnswers, VisitorCounter } from './visitors.ts'

const ref = { app: 'shop', environment: 'test' }
const routes = [createRoute('web', 'shop.example.org')]
const version = (number: number, change: Partial<Service> = {}): App =>
  createApp([createService('web', { image: `web:${number}`, ...change })], { routes })

let stage: Stage
/** Requests that were ever counted, and how often somebody began to count. */
let count: number
let begun: number
/** Times that somebody wanted probes to go on. */
let renewed: number
beforeEach(() => {
  stage = openStage()
  count = 100
  begun = 0
  renewed = 0
})

const answersOf = (requests: number): VisitorAnswers => ({
  requests,
  statuses: { '1xx': 0, '2xx': requests, '3xx': 0, '4xx': 0, '5xx': 0 },
  failed: 0,
  cut: 0,
  retries: 0,
  redispatches: 0,
  abandoned: 0,
  slowestMs: 0,
})

const counter: VisitorCounter = {
  begin: async () => {
    begun += 1
    return { count }
  },
  renew: async () => void (renewed += 1),
  end: async (_ref, before) => ({
    all: answersOf(count - (before as { readonly count: number }).count),
    routes: [],
    uncounted: [],
  }),
}

const contextOf = (owner: string): Context => ({ ...stage.createContext(owner), visitors: counter })
const send = (app: App, options = listen(), context = contextOf('ann')) =>
  deploy(context, { app, secrets: {}, author: 'ann' }, options)
const findRecord = async (number: number): Promise<DeploymentRecord | undefined> =>
  (await stage.documents.find<DeploymentRecord>('deployment', `shop.test.${number}`, stage.signal))?.value

it('counts what visitors get from the begin of a deployment to its end, in both directions', async () => {
  expect((await stage.settle(send(version(1)))).receipt.visitors).toBeUndefined()
  const work = send(version(2))
  await stage.pass(300)
  expect((await findRecord(2))?.visitorsBegun).toEqual({ count: 100 })
  count += 7
  const { receipt } = await stage.settle(work)
  expect(receipt.visitors?.all.requests).toBe(7)
  expect((await findRecord(2))?.receipt).toEqual(receipt)
  expect(await findRecord(2)).not.toHaveProperty('visitorsBegun')
  stage.engine.setImage('web:3', { run: { kind: 'exits', afterMs: 100, exitCode: 1 } })
  expect(await stage.settle(send(version(3)))).toMatchObject({
    kind: 'rolled-back',
    receipt: { visitors: { all: { requests: 0 } } },
  })
  const back = await stage.settle(rollback(contextOf('ann'), { ref }, listen()))
  const again = await stage.settle(restart(contextOf('ann'), { ref, services: [] }, listen()))
  for (const outcome of [back, again]) expect(outcome.receipt.visitors).toBeDefined()
})

it('counts once, from where it was begun, whoever carries the deployment on', async () => {
  await stage.settle(send(version(1)))
  const controller = new AbortController()
  const work = send(version(2), listen(controller.signal))
  work.catch(() => {})
  await stage.pass(300)
  count += 5
  controller.abort(new Error('it stops'))
  const error = await stage.settle(work.catch((reason: unknown) => reason))
  expect(error).toBeInstanceOf(HandedOverError)
  const { token } = error as HandedOverError
  count += 6
  const outcome = await stage.settle(resume(contextOf('bob'), { ref, token }, listen()))
  expect(outcome).toMatchObject({ kind: 'converged', receipt: { visitors: { all: { requests: 11 } } } })
  expect(begun).toBe(1)
})

it('lets routes be probed as long as the deployment runs, whoever carries it on, and no longer', async () => {
  await stage.settle(send(version(1)))
  expect(renewed).toBe(0)
  const controller = new AbortController()
  const work = send(version(2), listen(controller.signal))
  work.catch(() => {})
  await stage.pass(100)
  expect(renewed).toBe(1)
  controller.abort(new Error('it stops'))
  const { token } = (await stage.settle(work.catch((reason: unknown) => reason))) as HandedOverError
  expect(renewed).toBe(1)
  stage.engine.setImage('web:2', { startMs: 12_000, run: { kind: 'serves' } })
  await stage.settle(resume(contextOf('bob'), { ref, token }, listen()))
  const after = renewed
  expect(after).toBeGreaterThan(1)
  await stage.pass(60_000)
  expect(renewed).toBe(after)
})

it('does not count where nobody can, nothing is served or nothing was changed', async () => {
  await stage.settle(send(version(1)))
  expect(begun).toBe(0)
  const alone = await stage.settle(send(version(2), listen(), stage.createContext('ann')))
  expect(alone.receipt).not.toHaveProperty('visitors')
  const same = await stage.settle(send(version(2)))
  expect(same.receipt).not.toHaveProperty('visitors')
  const { receipt } = await stage.settle(remove(contextOf('ann'), { ref, volumes: false }, listen()))
  expect(receipt).not.toHaveProperty('visitors')
  await stage.settle(send(createApp([createService('web')])))
  await stage.settle(send(createApp([createService('web', { image: 'web:9' })])))
  expect(begun).toBe(1)
})
