import { createApp, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { expect, it } from 'vitest'
import { deploy } from '../deploy.ts'
import { listen, openStage } from '../stage.ts'

it('tasks whose service was removed are gone, and the others run', async () => {
  const stage = openStage()
  const send = (app: App) =>
    stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
  await send(createApp([createService('web'), createService('old')]))
  const { tasks } = (await send(createApp([createService('web')]))).receipt
  const last = tasks.map(({ service, states }) => `${service} ${states.at(-1)?.state}`)
  expect(last.toSorted()).toEqual(['old remove', 'web running'])
})
