import type { ServiceTally } from '@atoll/engine'
import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App, Service } from '@atoll/spec'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../context.ts'
import { deploy } from '../deploy.ts'
import { restart, scale } from '../derive.ts'
import { status } from '../look/status.ts'
import { releases } from '../look/releases.ts'
import type { Outcome } from '../records.ts'
import { rollback } from '../rollback.ts'
import { listen, openStage } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { noVisitors } from '../test-visitors.ts'
import type { VisitorCounter } from '../visitors.ts'
import { driveCanary } from './drive-canary.ts'
import { abortCanary, promoteCanary } from './end-canary.ts'

const ref = { app: 'shop', environment: 'test' }
const minuteMs = 60_000
const mode = { kind: 'replicated', replicas: 3 } as const
const version = (number: number, change: Partial<Service> = {}): App =>
  createApp([createService('web', { image: `web:${number}`, mode, ...change }), createService('db')], {
    routes: [createRoute('web', 'shop.example.org')],
  })
const request = { share: 0.1, forMs: 5 * minuteMs }

let stage: Stage
/** What the tasks of each service have answered since ever. */
let tallies: readonly ServiceTally[]
let uncounted: readonly string[]
beforeEach(async () => {
  stage = openStage()
  tallies = []
  uncounted = []
  await send(version(1))
})

const counter: VisitorCounter = {
  begin: async () => tallies,
  renew: async () => {},
  end: async (_ref, before) => {
    const begun = new Map((before as readonly ServiceTally[]).map(({ service, answered }) => [service, answered]))
    const services = tallies.map((each) => ({ ...each, answered: each.answered - (begun.get(each.service) ?? 0) }))
    return { ...noVisitors, services, uncounted }
  },
}
const answered = (service: string, count: number, rest: Partial<ServiceTally> = {}): ServiceTally => ({
  service,
  answered: count,
  errors: 0,
  failed: 0,
  totalMs: count * 10,
  ...rest,
})

const contextOf = (owner = 'ann'): Context => ({ ...stage.createContext(owner), visitors: counter })
const send = (app: App, canary?: typeof request): Promise<Outcome> =>
  stage.settle(deploy(contextOf(), { app, secrets: {}, author: 'ann', ...(canary && { canary }) }, listen()))
const look = () => stage.settle(status(contextOf(), ref, stage.signal))
const drive = (owner = 'atoll'): Promise<Outcome | undefined> =>
  stage.settle(driveCanary(contextOf(owner), ref, listen()))
/** As the leader's control does, until something is deployed or the time is over; each look by another control. */
const driveFor = async (ms: number): Promise<Outcome | undefined> => {
  const untilMs = stage.clock.now() + ms
  for (let looks = 0; stage.clock.now() < untilMs; looks += 1) {
    const outcome = await drive(`control-${looks}`)
    if (outcome !== undefined) return outcome
    await stage.pass(5_000)
  }
  return undefined
}
const running = (): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...stage.engine.world.services.values()].map(({ spec, tasks }) => [
      spec.name,
      tasks.filter(({ state }) => state === 'running').map((task) => task.service.image.replace(/@.*$/, '')),
    ]),
  )
const released = async () =>
  (await releases(contextOf(), ref, stage.signal)).map(({ number, origin, isCurrent }) => [
    number,
    origin.kind,
    isCurrent,
  ])

const both = { web: ['web:1', 'web:1', 'web:1'], 'web-canary': ['web:2'], db: ['db:1'] }
const before = { web: ['web:1', 'web:1', 'web:1'], db: ['db:1'] }
const after = { web: ['web:2', 'web:2', 'web:2'], db: ['db:1'] }

describe('a canary', () => {
  it('that is as good goes on to all, when its time is over, whichever control looks', async () => {
    expect(await send(version(2), request)).toMatchObject({ kind: 'converged', release: 2 })
    expect(running()).toEqual(both)
    expect(await look()).toMatchObject({ canary: { base: 1, share: 0.1, isMeasuring: false } })
    tallies = [answered('web', 9), answered('web-canary', 9, { errors: 0 })]
    expect(await driveFor(minuteMs)).toBeUndefined()
    expect(await look()).toMatchObject({ release: { number: 2 }, canary: { isMeasuring: true } })
    tallies = [answered('web', 900), answered('web-canary', 109)]
    expect(await driveFor(3 * minuteMs)).toBeUndefined()
    const { canary } = await look()
    expect(canary?.figures).toMatchObject({ old: { answered: 891 }, new: { answered: 100 } })
    const outcome = await driveFor(3 * minuteMs)
    expect(outcome).toMatchObject({
      kind: 'converged',
      release: 3,
      receipt: { author: 'ann', canary: { kind: 'promote', rule: 'as-good', release: 2, share: 0.1 } },
    })
    expect(running()).toEqual(after)
    expect(await released()).toEqual([
      [3, 'deploy', true],
      [2, 'canary', false],
      [1, 'deploy', false],
    ])
    expect(await look()).not.toHaveProperty('canary')
    expect(await driveFor(minuteMs)).toBeUndefined()
  })

  it('that fails more goes back before its time is over, and the receipt says why', async () => {
    await send(version(2), request)
    await driveFor(30_000)
    tallies = [answered('web', 900), answered('web-canary', 100, { errors: 20 })]
    const outcome = await driveFor(minuteMs)
    expect(outcome).toMatchObject({
      kind: 'converged',
      release: 1,
      receipt: {
        canary: { kind: 'abort', rule: 'errors', because: '20 % errors beside 0 %', figures: { new: { errors: 20 } } },
      },
    })
    expect(running()).toEqual(before)
  })

  it('of which nothing can be counted goes back', async () => {
    await send(version(2), request)
    uncounted = ['node-1', 'node-2', 'node-3']
    expect(await driveFor(6 * minuteMs)).toMatchObject({ release: 1, receipt: { canary: { rule: 'too-few' } } })
  })

  it('whose tasks do not run is a deployment that failed like any other', async () => {
    stage.engine.setImage('web:2', { run: { kind: 'exits', afterMs: 100, exitCode: 1 } })
    expect(await send(version(2), request)).toMatchObject({ kind: 'rolled-back', release: 2 })
    expect(running()).toEqual(before)
    expect(await driveFor(minuteMs)).toBeUndefined()
  })

  it('whose release fails for all goes back to the release before, and not to itself', async () => {
    await send(version(2), request)
    tallies = [answered('web', 900), answered('web-canary', 100)]
    await driveFor(30_000)
    stage.engine.setImage('web:2', { run: { kind: 'exits', afterMs: 100, exitCode: 1 } })
    expect(await driveFor(6 * minuteMs)).toMatchObject({ kind: 'rolled-back', release: 3 })
    expect(await driveFor(minuteMs)).toMatchObject({
      kind: 'converged',
      release: 1,
      receipt: { canary: { kind: 'abort', rule: 'failed', because: expect.stringContaining('deployment 3') } },
    })
    expect(running()).toEqual(before)
  })
})

describe('a person', () => {
  it('promotes it before its time is over', async () => {
    await send(version(2), request)
    const outcome = await stage.settle(promoteCanary(contextOf('eve'), { ref }, listen()))
    expect(outcome).toMatchObject({
      release: 3,
      receipt: { author: 'eve', canary: { kind: 'promote', rule: 'asked' } },
    })
    expect(running()).toEqual(after)
  })

  it('aborts it', async () => {
    await send(version(2), request)
    const outcome = await stage.settle(abortCanary(contextOf('eve'), { ref }, listen()))
    expect(outcome).toMatchObject({ release: 1, receipt: { canary: { kind: 'abort', because: 'eve asked for it' } } })
    expect(running()).toEqual(before)
  })

  it('deploys something else in its place, or rolls back, and it is over', async () => {
    await send(version(2), request)
    expect(await send(version(3))).toMatchObject({ kind: 'converged', release: 3 })
    expect(running()).toEqual({ ...after, web: ['web:3', 'web:3', 'web:3'] })
    await send(version(2), request)
    expect(await stage.settle(rollback(contextOf(), { ref }, listen()))).toMatchObject({ release: 3 })
    expect(running()).toEqual({ ...after, web: ['web:3', 'web:3', 'web:3'] })
    expect(await driveFor(6 * minuteMs)).toBeUndefined()
  })

  it('goes back from a release that was promoted to the one before, and never to a canary', async () => {
    await send(version(2), request)
    await stage.settle(promoteCanary(contextOf(), { ref }, listen()))
    await expect(stage.settle(rollback(contextOf(), { ref, release: 2 }, listen()))).rejects.toThrow(/was a canary/)
    expect(await stage.settle(rollback(contextOf(), { ref }, listen()))).toMatchObject({ release: 1 })
    expect(running()).toEqual(before)
  })

  it('changes nothing of it meanwhile', async () => {
    await send(version(2), request)
    const work = [
      () => restart(contextOf(), { ref, services: [] }, listen()),
      () => scale(contextOf(), { ref, replicas: { web: 5 } }, listen()),
      () => deploy(contextOf(), { app: version(3), secrets: {}, author: 'ann', canary: request }, listen()),
    ]
    for (const each of work) {
      await expect(stage.settle(each())).rejects.toMatchObject({
        code: 'refused',
        hint: expect.stringContaining('atoll canary'),
      })
    }
    expect(running()).toEqual(both)
  })
})

describe('nothing is touched', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['where nothing differs', () => send(version(1), request), /no service that routes lead to/],
    [
      'where it publishes ports',
      () => send(version(2, { ports: [{ target: 80, protocol: 'tcp', mode: 'host' }] }), request),
      /web: publishes ports/,
    ],
    ['for the first release', () => send({ ...version(1), name: 'other' }, request), /no release has converged/],
    [
      'where nobody counts',
      () =>
        stage.settle(
          deploy(
            stage.createContext('ann'),
            { app: version(2), secrets: {}, author: 'ann', canary: request },
            listen(),
          ),
        ),
      /nobody serves and counts/,
    ],
    [
      'where there is none to promote',
      () => stage.settle(promoteCanary(contextOf(), { ref }, listen())),
      /there is none/,
    ],
    ['where there is none to abort', () => stage.settle(abortCanary(contextOf(), { ref }, listen())), /there is none/],
  ])('%s', async (_, work, message) => {
    await expect(work()).rejects.toThrow(message)
    expect(running()).toEqual(before)
    expect(await released()).toEqual([[1, 'deploy', true]])
  })
})
