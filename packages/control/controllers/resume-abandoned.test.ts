import { deploy, HandedOverError } from '@atoll/deploy'
import type { DeploymentEvent, EnvironmentRecord } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import { resumeAbandoned } from './resume-abandoned.ts'

const live = new AbortController().signal

it('what was left of an app is carried on, and what was left of the platform waits for its own command', async () => {
  const stage = openStage()
  await using test = await openTestControl(stage)
  const apps = ['shop', 'atoll'].map((name) => ({
    ...createApp([createService('web', { engineName: `${name}_web`, networks: [] })]),
    name,
  }))
  for (const app of apps) {
    const leave = new AbortController()
    const leaveAtAction = ({ kind }: DeploymentEvent) => {
      if (kind === 'action') leave.abort(new Error('gone'))
    }
    const options = { ...listen(leave.signal), onEvent: leaveAtAction }
    const work = deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, options)
    await expect(stage.settle(work)).rejects.toThrow(HandedOverError)
  }
  const stop = new AbortController()
  const carrying = resumeAbandoned(test.control, stop.signal)
  await stage.pass(200_000)
  stop.abort()
  await stage.settle(carrying)
  const read = async (id: string) =>
    (await stage.documents.find<EnvironmentRecord>('environment', `${id}.${apps[0]?.environment}`, live))?.value
  expect(await read('shop')).toMatchObject({ current: 1 })
  expect(await read('shop')).not.toHaveProperty('running')
  expect(await read('atoll')).toHaveProperty('running')
})
