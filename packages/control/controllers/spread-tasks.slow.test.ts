import { deploy, deployments } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { changeSettings } from '../settings.ts'
import { openTestControl } from '../test-control.ts'
import { spreadTasks } from './spread-tasks.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const ref = { app: 'shop', environment: 'test' }
const web = createService('web', { mode: { kind: 'replicated', replicas: 3 } })

/** Deployed while node-3 was away, and the control that leads. */
const open = async () => {
  const stage = openStage()
  stage.engine.outsider.setNode('node-3', { state: 'down' })
  await stage.settle(
    deploy(stage.createContext('ann'), { app: createApp([web]), secrets: {}, author: 'ann' }, listen()),
  )
  const stop = new AbortController()
  const test = await openTestControl(stage)
  const work = spreadTasks(test.control, stop.signal)
  const tasks = () => stage.engine.world.services.get('shop_test_web')?.tasks ?? []
  return {
    stage,
    control: test.control,
    nodes: () =>
      tasks()
        .filter(({ state, desired }) => state === 'running' && desired === 'running')
        .map(({ nodeId = '' }) => nodeId)
        .toSorted(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      await test[Symbol.asyncDispose]()
    },
  }
}

const uneven = ['node1id', 'node1id', 'node2id']
const even = ['node1id', 'node2id', 'node3id']

it('spreads tasks again some time after a node came back, where it is set so', async () => {
  await using test = await open()
  const before = test.nodes()
  await changeSettings(test.control, { rebalance: { isAutomatic: true } }, never)
  await test.stage.pass(5 * minuteMs)
  expect(test.nodes()).toEqual(before)
  test.stage.engine.outsider.setNode('node-3', { state: 'ready' })
  await test.stage.pass(minuteMs)
  expect(test.nodes()).toEqual(before)
  await test.stage.pass(2 * minuteMs)
  expect(test.nodes()).toEqual(even)
  const [last] = await deployments(test.stage.createContext('ann'), ref, never)
  expect(last).toMatchObject({ state: 'converged', task: { kind: 'rebalance', isAutomatic: true } })
})

it('waits for the hours that are set', async () => {
  await using test = await open()
  const hourOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16)
  const nowMs = test.stage.clock.now()
  const hours = `${hourOf(nowMs + 60 * minuteMs)}-${hourOf(nowMs + 90 * minuteMs)}`
  await changeSettings(test.control, { rebalance: { isAutomatic: true, hours } }, never)
  test.stage.engine.outsider.setNode('node-3', { state: 'ready' })
  await test.stage.pass(55 * minuteMs)
  expect(test.nodes()).not.toContain('node3id')
  await test.stage.pass(15 * minuteMs)
  expect(test.nodes()).toEqual(even)
})

it('only tells of it unless it is set so', async () => {
  await using test = await open()
  test.stage.engine.outsider.setNode('node-3', { state: 'ready' })
  await test.stage.pass(10 * minuteMs)
  expect(test.nodes()).toHaveLength(uneven.length)
  expect(test.nodes()).not.toContain('node3id')
})

it('does not try again what failed, until nodes change', async () => {
  await using test = await open()
  await changeSettings(test.control, { rebalance: { isAutomatic: true } }, never)
  test.stage.engine.setImage('web:1', { run: { kind: 'unhealthy', afterMs: 2_000, output: 'no pulse' } })
  test.stage.engine.outsider.setNode('node-3', { state: 'ready' })
  await test.stage.pass(30 * minuteMs)
  const count = async () => (await deployments(test.stage.createContext('ann'), ref, never)).length
  expect(await count()).toBe(2)
  test.stage.engine.setImage('web:1', { run: { kind: 'serves' } })
  test.stage.engine.outsider.setNode('node-3', { availability: 'drain' })
  await test.stage.pass(minuteMs)
  test.stage.engine.outsider.setNode('node-3', { availability: 'active' })
  await test.stage.pass(5 * minuteMs)
  expect(test.nodes()).toEqual(even)
})
