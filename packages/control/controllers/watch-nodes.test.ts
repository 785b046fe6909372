import { deploy, why } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import { watchNodes } from './watch-nodes.ts'

const never = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const minuteMs = 60_000
const web = createService('web', { mode: { kind: 'replicated', replicas: 3 } })

const open = async () => {
  const stage = openStage()
  const context = stage.createContext('ann')
  await stage.settle(deploy(context, { app: createApp([web]), secrets: {}, author: 'ann' }, listen()))
  const stop = new AbortController()
  const controls = await Promise.all([0, 1].map((node) => openTestControl(stage, { node })))
  const work = Promise.all(controls.map(({ control }) => watchNodes(control, stop.signal)))
  await stage.pass(minuteMs)
  return {
    stage,
    set: (name: string, change: Parameters<typeof stage.engine.outsider.setNode>[1]) =>
      stage.engine.outsider.setNode(name, change),
    story: async () => (await why(context, ref, never)).map(({ message }) => message),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      for (const control of controls) await control[Symbol.asyncDispose]()
    },
  }
}

it('tells in order that a node went and came, and why tasks moved', async () => {
  await using test = await open()
  test.set('node-3', { state: 'down' })
  await test.stage.pass(minuteMs)
  test.set('node-3', { state: 'ready' })
  await test.stage.pass(minuteMs)
  test.set('node-2', { availability: 'drain' })
  await test.stage.pass(minuteMs)
  test.set('node-2', { availability: 'active' })
  await test.stage.pass(minuteMs)
  const story = await test.story()
  const told = story.filter((message) => /^(node-|web)/.test(message))
  expect(told.filter((message) => message.startsWith('node-'))).toEqual([
    'node-3 did not answer any more',
    'node-3 was back',
    'node-2 was drained: its tasks went elsewhere',
    'node-2 took tasks again',
  ])
  expect(told).toContainEqual(expect.stringMatching(/^web\.\d went to node-[12], for node-3 did not answer$/))
  expect(told).toContainEqual(expect.stringMatching(/^web\.\d went to node-[13], for node-2 was drained$/))
})

it('goes on from what another control saw when the lead has gone to it', async () => {
  await using test = await open()
  test.set('node-1', { state: 'down', isLeader: false })
  test.set('node-2', { isLeader: true })
  await test.stage.pass(minuteMs)
  const story = await test.story()
  expect(story).toContain('node-1 did not answer any more')
  expect(story).toContain('node-2 became the leader')
})
