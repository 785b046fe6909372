import type { Engine } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { expect, it } from 'vitest'
import { deploy } from '../deploy.ts'
import { listen, openStage } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { list } from './list.ts'
import { status } from './status.ts'

const ref = { app: 'shop', environment: 'test' }

const app = createApp([
  createService('web', { mode: { kind: 'replicated', replicas: 4 } }),
  createService('idle', { mode: { kind: 'replicated', replicas: 0 } }),
  createService('each', { mode: { kind: 'global' } }),
  createService('job', {
    mode: { kind: 'once', completions: 1, concurrency: 1 },
    restart: { condition: 'on-failure' },
  }),
])

const send = (stage: Stage, what: App) =>
  stage.settle(deploy(stage.createContext('ann'), { app: what, secrets: {}, author: 'ann' }, listen()))

/** The sum of what the status tells of each service. */
const sumStatus = async (stage: Stage) => {
  const { services } = await status(stage.createContext('ann'), ref, stage.signal)
  return {
    services: services.length,
    good: services.filter(({ state }) => ['good', 'done', 'stopped', 'idle'].includes(state)).length,
    wanted: services.reduce((sum, { wanted }) => sum + wanted, 0),
    tasks: services.reduce((sum, { running }) => sum + running, 0),
  }
}

it('says the same as the status of each, well and unwell', async () => {
  const stage = openStage()
  await send(stage, app)
  const [before] = await list(stage.createContext('ann'), stage.signal)
  expect(before).toEqual({ ref, release: 1, services: 4, good: 4, wanted: 8, tasks: 8 })
  expect(before).toMatchObject(await sumStatus(stage))
  stage.engine.outsider.setNode('node-2', { state: 'down' })
  const [during] = await list(stage.createContext('ann'), stage.signal)
  expect(during?.good).toBeLessThan(4)
  expect(during).toMatchObject(await sumStatus(stage))
})

it('names what only the documents know, and looks at the engine once however many there are', async () => {
  const stage = openStage()
  await send(stage, app)
  for (const environment of ['a', 'b', 'c'])
    await stage.documents.put(
      'environment',
      `shop.${environment}`,
      { expected: 0, value: { current: 3 } },
      stage.signal,
    )
  const looks: string[] = []
  const look = <T>(name: string, answer: Promise<T>): Promise<T> => {
    looks.push(name)
    return answer
  }
  const engine: Engine = {
    ...stage.engine,
    observe: (what, signal) => look('observe', stage.engine.observe(what, signal)),
    countEnvironments: (signal) => look('countEnvironments', stage.engine.countEnvironments(signal)),
  }
  const listed = await list(stage.createContext('ann', { engine }), stage.signal)
  expect(listed.map(({ ref: { environment }, tasks }) => [environment, tasks])).toEqual([
    ['a', 0],
    ['b', 0],
    ['c', 0],
    ['test', 8],
  ])
  expect(looks).toEqual(['countEnvironments'])
})
