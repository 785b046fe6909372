import { deploy, why } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { changeSettings } from '../settings.ts'
import { openTestControl } from '../test-control.ts'
import { keepManagers } from './keep-managers.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const graceMs = 10 * minuteMs

/** Controls of the nodes with these numbers, over three managers and workers: one, unless more are said. */
const open = async (
  numbers: readonly number[],
  over: (stage: Stage) => { readonly engine?: Engine } = () => ({}),
  workers = ['node-4'],
) => {
  const stage = openStage({ nodes: 3 + workers.length })
  for (const name of workers) stage.engine.outsider.setNode(name, { isManager: false })
  const stop = new AbortController()
  const controls = await Promise.all(numbers.map((node) => openTestControl(stage, { node, ...over(stage) })))
  const work = controls.map(({ control }) => keepManagers(control, stop.signal))
  return {
    stage,
    control: controls[0]!.control,
    set: (name: string, change: Parameters<typeof stage.engine.outsider.setNode>[1]) =>
      stage.engine.outsider.setNode(name, change),
    managers: () => stage.engine.world.nodes.filter(({ isManager }) => isManager).map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(Promise.all(work))
      for (const control of controls) await control[Symbol.asyncDispose]()
    },
  }
}

it('replaces a manager that is gone for good by a worker, once the time is over, and says so', async () => {
  await using test = await open([0, 1])
  const app = createApp([createService('web')])
  await test.stage.settle(deploy(test.stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
  test.set('node-3', { state: 'down' })
  await test.stage.pass(graceMs - minuteMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-3'])
  await test.stage.pass(2 * minuteMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-4'])
  const story = await why(test.stage.createContext('ann'), { app: 'shop', environment: 'test' }, never)
  expect(story.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'node-4 was made a manager by the platform: node-3 did not answer for 10 minutes',
      'node-3 was made a worker by the platform: node-3 did not answer for 10 minutes',
    ]),
  )
  expect(await listAudit(test.control, never)).toMatchObject([
    { by: 'atoll@node-1', action: 'keepManagers', subject: 'node-3, node-4' },
  ])
  test.set('node-3', { state: 'ready' })
  await test.stage.pass(2 * graceMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-4'])
})

it('leaves one alone that comes back in time, and all where it is set so', async () => {
  await using test = await open([0])
  for (let round = 0; round < 3; round += 1) {
    test.set('node-3', { state: 'down' })
    await test.stage.pass(graceMs - minuteMs)
    test.set('node-3', { state: 'ready' })
    await test.stage.pass(minuteMs)
  }
  await changeSettings(test.control, { managers: { isKept: false } }, never)
  test.set('node-3', { state: 'down' })
  await test.stage.pass(3 * graceMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-3'])
  await changeSettings(test.control, { managers: { isKept: true, graceMs: minuteMs } }, never)
  await test.stage.pass(minuteMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-4'])
})

it('does nothing without a majority, and makes an even number odd that lasts', async () => {
  await using test = await open([0])
  test.set('node-2', { state: 'down' })
  test.set('node-3', { state: 'down' })
  await test.stage.pass(3 * graceMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-3'])
  for (const name of ['node-2', 'node-3']) test.set(name, { state: 'ready' })
  test.set('node-3', { isManager: false })
  await test.stage.pass(2 * graceMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-3'])
})

it.each([
  { what: 'its control', change: { isLeader: false }, afterMs: 2 * graceMs },
  { what: 'its node, at once', change: { isLeader: false, state: 'down' as const }, afterMs: minuteMs },
])('is finished by the next that leads when the first died half-way, with $what', async ({ change, afterMs }) => {
  let isDead = false
  await using test = await open([0], (stage) => ({
    engine: new Proxy<Engine>(stage.engine, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...args: unknown[]): unknown => {
          isDead ||= name === 'changeRole' && args[1] === 'manager'
          return isDead ? Promise.reject(new Error('dead')) : Reflect.apply(verb, target, args)
        }
      },
    }),
  }))
  test.set('node-3', { state: 'down' })
  await test.stage.pass(graceMs + minuteMs)
  expect(test.managers()).toEqual(['node-1', 'node-2'])
  test.set('node-1', change)
  test.set('node-2', { isLeader: true })
  await using next = await openTestControl(test.stage, { node: 1 })
  const stop = new AbortController()
  const work = keepManagers(next.control, stop.signal)
  await test.stage.pass(afterMs)
  stop.abort()
  await test.stage.settle(work)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-4'])
})

it('asks another worker when the first does not come into the Raft', async () => {
  const asked: string[] = []
  const refuseFirst = (stage: Stage) => ({
    engine: new Proxy<Engine>(stage.engine, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (name !== 'changeRole' || typeof verb !== 'function') return verb
        return (...args: unknown[]): unknown => {
          asked.push(args.slice(0, 2).join(' '))
          const isFirst = args[1] === 'manager' && asked.length === 2
          return isFirst
            ? Promise.reject(new EngineError('timeout', 'not so after 120 s'))
            : Reflect.apply(verb, target, args)
        }
      },
    }),
  })
  await using test = await open([0], refuseFirst, ['node-4', 'node-5'])
  test.set('node-3', { state: 'down' })
  await test.stage.pass(graceMs + 2 * minuteMs)
  expect(test.managers()).toEqual(['node-1', 'node-2', 'node-5'])
  const [, , third, fourth, fifth] = test.stage.engine.world.nodes.map(({ id }) => id)
  expect(asked).toEqual([`${third} worker`, `${fourth} manager`, `${fifth} manager`])
})
