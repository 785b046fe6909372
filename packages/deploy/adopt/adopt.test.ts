import { createApp, createService, createVolumeMount } from '@atoll/plan/fixtures'
import type { App, Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { deploy } from '../deploy.ts'
import { deployments, releases } from '../look/releases.ts'
import { status } from '../look/status.ts'
import { preview } from '../preview.ts'
import { listen, openStage } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { adopt } from './adopt.ts'

const ref = { app: 'shop', environment: 'test' }
const web = createService('web', { mode: { kind: 'replicated', replicas: 2 }, environment: { LEVEL: 'info' } })
const app = createApp([web, createService('db', { mounts: [createVolumeMount('data')] })])

const openShop = async (what: App = app): Promise<Stage> => {
  const stage = openStage()
  await stage.settle(deploy(stage.createContext('ann'), { app: what, secrets: {}, author: 'ann' }, listen()))
  return stage
}

const change = (stage: Stage, name: string, edit: (spec: Service) => Service) =>
  stage.engine.outsider.change(`shop_test_${name}`, edit)

const take = (stage: Stage) => stage.settle(adopt(stage.createContext('eve'), { ref }, listen()))

const tasksOf = (stage: Stage) =>
  [...stage.engine.world.services.values()]
    .flatMap(({ tasks }) => tasks)
    .filter(({ desired }) => desired === 'running')
    .map(({ id }) => id)

describe('adopt', () => {
  it('makes what was changed the release, restarts nothing, and the next plan of the files shows what they undo', async () => {
    const stage = await openShop()
    change(stage, 'web', (spec) => ({
      ...spec,
      environment: { LEVEL: 'debug' },
      mode: { kind: 'replicated', replicas: 3 },
    }))
    change(stage, 'db', (spec) => ({ ...spec, labels: { ...spec.labels, team: 'data' } }))
    await stage.pass(60_000)
    const before = tasksOf(stage)
    expect(await take(stage)).toMatchObject({ kind: 'converged', release: 2 })
    expect(tasksOf(stage)).toEqual(before)
    const context = stage.createContext('ann')
    const [newest] = await releases(context, ref, stage.signal)
    const note = 'web: environment.LEVEL, mode.replicas; db: labels.team'
    expect(newest).toMatchObject({ number: 2, isCurrent: true, origin: { kind: 'adopt', from: 1, note } })
    expect(newest?.app.services.find(({ name }) => name === 'db')?.placement.constraints).toEqual([])
    expect((await status(context, ref, stage.signal)).services.flatMap(({ drift }) => drift)).toEqual([])
    const { actions } = await preview(context, app, stage.signal)
    expect(actions.flatMap((action) => ('changes' in action ? action.changes : []))).toEqual(
      expect.arrayContaining([
        { field: 'environment.LEVEL', from: '"debug"', to: '"info"' },
        { field: 'mode.replicas', from: '3', to: '2' },
        { field: 'labels.team', from: '"data"' },
      ]),
    )
  })

  it('refuses what an App cannot say, names it, and changes nothing', async () => {
    const stage = await openShop()
    change(stage, 'web', (spec) => ({
      ...spec,
      environment: { LEVEL: 'debug' },
      update: { ...spec.update, parallelism: 7 },
    }))
    await expect(take(stage)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('web: update.parallelism'),
    })
    expect(await deployments(stage.createContext('ann'), ref, stage.signal)).toHaveLength(1)
  })

  it('refuses what is gone, and where nothing is current', async () => {
    const stage = await openShop()
    stage.engine.outsider.remove('shop_test_web')
    await expect(take(stage)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('web: is gone'),
    })
    await expect(take(openStage())).rejects.toMatchObject({ code: 'refused' })
  })

  it('is nothing when nothing was changed', async () => {
    await expect(take(await openShop())).rejects.toMatchObject({ code: 'nothing-to-do' })
  })
})
