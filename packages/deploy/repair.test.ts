import { createApp, createNetwork, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { deploy } from './deploy.ts'
import { NothingToDoError } from './errors.ts'
import { deployments, releases } from './look/releases.ts'
import { why } from './look/why.ts'
import { findRepairs, repair } from './repair.ts'
import { resume } from './resume.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }
const web = createService('web', { mode: { kind: 'replicated', replicas: 2 }, environment: { LEVEL: 'info' } })
const app = createApp([web, createService('db')])
const migration = createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 } })

const send = (stage: Stage, what: App) =>
  stage.settle(deploy(stage.createContext('ann'), { app: what, secrets: {}, author: 'ann' }, listen()))

const openShop = async (what: App = app): Promise<Stage> => {
  const stage = openStage()
  expect((await send(stage, what)).kind).toBe('converged')
  return stage
}

const drift = (stage: Stage, name: string) =>
  stage.engine.outsider.change(`shop_test_${name}`, (spec) => ({ ...spec, environment: { LEVEL: 'debug' } }))

const mend = (stage: Stage, more: { readonly services?: readonly string[]; readonly isAutomatic?: boolean } = {}) =>
  stage.settle(repair(stage.createContext('eve'), { ref, ...more }, listen()))

const variableOf = (stage: Stage, name: string) =>
  stage.engine.world.services.get(`shop_test_${name}`)?.spec.environment['LEVEL']

describe('repair', () => {
  it('undoes what was changed, without a new release, and says what it found', async () => {
    const stage = await openShop()
    drift(stage, 'web')
    expect(await findRepairs(stage.createContext('eve'), ref, stage.signal)).toEqual(['web: environment.LEVEL'])
    const outcome = await mend(stage)
    expect(outcome).toMatchObject({ kind: 'converged', release: 1, deployment: 2, receipt: { author: 'eve' } })
    expect(variableOf(stage, 'web')).toBe('info')
    const context = stage.createContext('ann')
    expect((await releases(context, ref, stage.signal)).map(({ number }) => number)).toEqual([1])
    const entries = await why(context, ref, stage.signal)
    expect(entries.find(({ message }) => message.includes('repair'))).toMatchObject({
      message: 'deployment 2 of eve: repair of release 1',
      details: ['web: environment.LEVEL'],
    })
  })

  it('makes again what was removed', async () => {
    const stage = await openShop(createApp([web], { networks: [createNetwork('front')] }))
    stage.engine.outsider.remove('shop_test_web')
    stage.engine.world.networks.delete('shop_test_front')
    expect(await mend(stage)).toMatchObject({ kind: 'converged', release: 1 })
    expect([...stage.engine.world.services.keys(), ...stage.engine.world.networks.keys()]).toEqual([
      'shop_test_web',
      'shop_test_front',
    ])
  })

  it('is no deployment when there is nothing to do', async () => {
    const stage = await openShop()
    await expect(mend(stage)).rejects.toBeInstanceOf(NothingToDoError)
    expect(await deployments(stage.createContext('ann'), ref, stage.signal)).toHaveLength(1)
  })

  it('is refused where no release is current', async () => {
    const stage = openStage()
    await expect(mend(stage)).rejects.toMatchObject({ code: 'refused', hint: expect.stringContaining('atoll deploy') })
  })

  it('touches the services it is asked for, and no others', async () => {
    const stage = await openShop()
    drift(stage, 'web')
    drift(stage, 'db')
    await mend(stage, { services: ['web'] })
    expect([variableOf(stage, 'web'), variableOf(stage, 'db')]).toEqual(['info', 'debug'])
    await expect(mend(stage, { services: ['wbe'] })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('is not kept from it by a service that is as it should be and fails', async () => {
    const stage = await openShop()
    drift(stage, 'web')
    stage.engine.setImage('db:1', { run: { kind: 'exits', afterMs: 1_000, exitCode: 1 } })
    for (const task of stage.engine.world.services.get('shop_test_db')?.tasks ?? []) task.state = 'failed'
    expect(await mend(stage)).toMatchObject({ kind: 'converged' })
    expect(variableOf(stage, 'web')).toBe('info')
  })

  it('does not run a job again unless it is named', async () => {
    const stage = await openShop(createApp([web, migration]))
    stage.engine.outsider.remove('shop_test_migrate')
    await expect(mend(stage)).rejects.toMatchObject({ code: 'nothing-to-do' })
    expect(await mend(stage, { services: ['migrate'] })).toMatchObject({ kind: 'converged' })
    expect(stage.engine.world.services.has('shop_test_migrate')).toBe(true)
  })

  it('ends as failed when it does not get there, and takes nothing else back', async () => {
    const stage = await openShop()
    stage.engine.setImage(web.image, { run: { kind: 'exits', afterMs: 1, exitCode: 3 } })
    drift(stage, 'web')
    const outcome = await mend(stage)
    expect(outcome).toMatchObject({ kind: 'failed', receipt: { causes: [{ service: 'web', exitCode: 3 }] } })
    expect(outcome.receipt.phases.map(({ name }) => name)).not.toContain('rollback')
  })

  it('is carried on by the next when its owner is gone', async () => {
    const stage = await openShop()
    drift(stage, 'web')
    const left = new AbortController()
    const options = listen(left.signal)
    const first = repair(
      stage.createContext('eve'),
      { ref },
      {
        signal: left.signal,
        onEvent: (event) => {
          options.onEvent(event)
          if (event.kind === 'action') left.abort(new Error('gone'))
        },
      },
    )
    await expect(stage.settle(first)).rejects.toMatchObject({ code: 'handed-over' })
    const outcome = await stage.settle(resume(stage.createContext('bob'), { ref }, listen()))
    expect(outcome).toMatchObject({ kind: 'converged', release: 1, deployment: 2 })
    expect(variableOf(stage, 'web')).toBe('info')
  })

  it('does not take away a release that became current since it looked', async () => {
    const stage = await openShop()
    drift(stage, 'web')
    const next = createApp([createService('web', { image: 'web:2' }), createService('db')])
    const context = stage.createContext('eve')
    let isFirst = true
    const slow = stage.createContext('eve', {
      engine: {
        ...context.engine,
        observe: async (...request) => {
          const seen = await context.engine.observe(...request)
          if (isFirst) {
            isFirst = false
            await deploy(stage.createContext('ann'), { app: next, secrets: {}, author: 'ann' }, listen())
          }
          return seen
        },
      },
    })
    await expect(stage.settle(repair(slow, { ref }, listen()))).rejects.toMatchObject({ code: 'refused' })
    expect(stage.engine.world.services.get('shop_test_web')?.spec.image).toContain('web:2')
  })
})
