import { createApp, createFile, createService, createVolumeMount } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { deploy } from './deploy.ts'
import { restart, scale } from './derive.ts'
import { diff } from './look/diff.ts'
import { list } from './look/list.ts'
import { deployments, releases } from './look/releases.ts'
import { status } from './look/status.ts'
import { moveVolume } from './move-volume.ts'
import { remove } from './remove.ts'
import { rollback } from './rollback.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }

const send = (stage: Stage, app: App, secrets: Record<string, Uint8Array> = {}) =>
  stage.settle(deploy(stage.createContext('ann'), { app, secrets, author: 'ann' }, listen()))

const tasksOf = async (stage: Stage, name: string) => {
  const { services } = await stage.observe(createApp([]))
  const service = services.find(({ definition }) => definition?.name === name)
  return (service?.tasks ?? []).filter(({ state, desired }) => state === 'running' && desired === 'running')
}

const web = createService('web', { mode: { kind: 'replicated', replicas: 2 } })

describe('scale', () => {
  it('makes a release that differs in this alone', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, createApp([web, createService('db')]))
    const outcome = await stage.settle(scale(context, { ref, replicas: { web: 4 } }, listen()))
    expect(outcome).toMatchObject({ kind: 'converged', release: 2 })
    expect(await tasksOf(stage, 'web')).toHaveLength(4)
    expect(await diff(context, { ref, from: 1, to: 2 }, stage.signal)).toEqual([
      { service: 'web', kind: 'changed', changes: [{ field: 'mode.replicas', from: '2', to: '4' }] },
    ])
    const [newest] = await releases(context, ref, stage.signal)
    expect(newest).toMatchObject({ number: 2, isCurrent: true, origin: { kind: 'scale', from: 1, note: 'web=4' } })
  })

  it('runs no job again', async () => {
    const stage = openStage()
    const migrate = createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
    await send(stage, createApp([web, migrate]))
    const runsOf = async () =>
      (await stage.observe(createApp([]))).services
        .filter(({ definition }) => definition?.name === 'migrate')
        .flatMap(({ tasks }) => tasks.map(({ id }) => id))
    const before = await runsOf()
    expect(before).toHaveLength(1)
    await stage.settle(scale(stage.createContext('ann'), { ref, replicas: { web: 3 } }, listen()))
    expect(await runsOf()).toEqual(before)
  })

  it('refuses what has no number of copies, and names the services there are', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, createApp([createService('agent', { mode: { kind: 'global' } })]))
    const refused = stage.settle(scale(context, { ref, replicas: { agent: 2 } }, listen()))
    await expect(refused).rejects.toMatchObject({ code: 'refused' })
    const unknown = stage.settle(scale(context, { ref, replicas: { wbe: 2 } }, listen()))
    await expect(unknown).rejects.toMatchObject({ code: 'not-found', hint: 'its services are agent' })
  })
})

describe('restart', () => {
  it('gives new tasks to the same definition, and the next deploy of the files does not do it again', async () => {
    const stage = openStage()
    const app = createApp([web, createService('db')])
    await send(stage, app)
    const before = (await tasksOf(stage, 'web')).map(({ id }) => id)
    const other = (await tasksOf(stage, 'db')).map(({ id }) => id)
    const work = restart(stage.createContext('ann'), { ref, services: ['web'] }, listen())
    expect(await stage.settle(work)).toMatchObject({ kind: 'converged', release: 2 })
    const after = (await tasksOf(stage, 'web')).map(({ id }) => id)
    expect(after).toHaveLength(2)
    expect(after.some((id) => before.includes(id))).toBe(false)
    expect((await tasksOf(stage, 'db')).map(({ id }) => id)).toEqual(other)
    await send(stage, app)
    expect((await tasksOf(stage, 'web')).map(({ id }) => id)).toEqual(after)
  })
})

describe('rollback', () => {
  const version = (number: number): App => createApp([createService('web', { image: `web:${number}` })])

  it('goes to the release that converged before, or to the one that is named', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, version(1))
    await send(stage, version(2))
    stage.engine.setImage('web:3', { run: { kind: 'exits', afterMs: 1, exitCode: 1 } })
    await send(stage, version(3))
    await send(stage, version(4))
    const back = await stage.settle(rollback(context, { ref }, listen()))
    expect(back).toMatchObject({ kind: 'converged', release: 2, receipt: { previous: 4 } })
    expect((await tasksOf(stage, 'web'))[0]?.image).toContain('web:2@')
    expect(await stage.settle(rollback(context, { ref, release: 4 }, listen()))).toMatchObject({ release: 4 })
    expect((await tasksOf(stage, 'web'))[0]?.image).toContain('web:4@')
    const states = (await deployments(context, ref, stage.signal)).map(({ state }) => state)
    expect(states).toEqual(['converged', 'converged', 'converged', 'rolled-back', 'converged', 'converged'])
  })

  it('still finds the secrets of the release it goes to', async () => {
    const stage = openStage()
    const withSecret = (content: string): App => {
      const file = createFile('key', content)
      const reference = { name: 'key', engineName: file.engineName, target: 'key', uid: '0', gid: '0', mode: 0o444 }
      return createApp([createService('web', { secrets: [reference] })], { secrets: [file] })
    }
    const values = (content: string) => ({ [createFile('key', content).engineName]: new Uint8Array([1]) })
    await send(stage, withSecret('one'), values('one'))
    await send(stage, withSecret('two'), values('two'))
    expect((await stage.settle(rollback(stage.createContext('ann'), { ref }, listen()))).kind).toBe('converged')
    const { services } = await stage.observe(createApp([]))
    expect(services[0]?.definition?.secrets[0]?.engineName).toContain('one')
  })

  it('says so when there is nothing to go back to', async () => {
    const stage = openStage()
    await send(stage, version(1))
    const work = stage.settle(rollback(stage.createContext('ann'), { ref }, listen()))
    await expect(work).rejects.toMatchObject({ code: 'not-found' })
  })
})

const data = createApp([createService('db', { mounts: [createVolumeMount('data')] }), createService('web')])

describe('a volume', () => {
  it('is moved with its service, and nothing else stops', async () => {
    const stage = openStage()
    await send(stage, data)
    const from = (await tasksOf(stage, 'db'))[0]?.nodeId
    const other = (await tasksOf(stage, 'web')).map(({ id }) => id)
    const to = stage.engine.world.nodes.find(({ id }) => id !== from)!
    const work = moveVolume(stage.createContext('ann'), { ref, volume: 'data', to: to.name }, listen())
    expect((await stage.settle(work)).kind).toBe('converged')
    expect((await tasksOf(stage, 'db')).map(({ nodeId }) => nodeId)).toEqual([to.id])
    expect((await tasksOf(stage, 'web')).map(({ id }) => id)).toEqual(other)
    expect(new Set(stage.engine.world.volumes.map(({ nodeId }) => nodeId))).toEqual(new Set([from, to.id]))
  })

  it('is not moved to where it is, to a node that takes no tasks, or when there is none', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, data)
    const node = stage.engine.world.nodes.find(
      ({ id }) => id === stage.engine.world.places.get('shop_test_data')?.nodeId,
    )!
    const move = (volume: string, to: string) => stage.settle(moveVolume(context, { ref, volume, to }, listen()))
    await expect(move('data', node.name)).rejects.toMatchObject({ code: 'refused' })
    await expect(move('date', node.name)).rejects.toMatchObject({ code: 'not-found' })
    await expect(move('data', 'node-9')).rejects.toMatchObject({ code: 'not-found' })
    const drained = stage.engine.world.nodes.find(({ id }) => id !== node.id)!
    stage.engine.outsider.setNode(drained.name, { availability: 'drain' })
    await expect(move('data', drained.name)).rejects.toMatchObject({ code: 'refused' })
  })

  it('stays where it was when it cannot be copied, and its service starts there again', async () => {
    const stage = openStage()
    await send(stage, data)
    const from = (await tasksOf(stage, 'db'))[0]?.nodeId
    const to = stage.engine.world.nodes.find(({ id }) => id !== from)!
    const work = moveVolume(stage.createContext('ann'), { ref, volume: 'data', to: to.name }, listen())
    stage.engine.moveVolume = () => stage.engine.removeVolume(ref, 'nobody', 'nowhere', AbortSignal.abort())
    const outcome = stage.settle(work)
    await expect(outcome).rejects.toMatchObject({ code: 'timeout' })
    expect(stage.engine.world.places.get('shop_test_data')?.nodeId).toBe(from)
  })
})

describe('remove', () => {
  it('takes everything but volumes, and those when told', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, data)
    await stage.settle(remove(context, { ref, volumes: false }, listen()))
    const after = await stage.observe(data)
    expect([...after.services, ...after.networks]).toEqual([])
    expect(after.volumes).toHaveLength(1)
    expect(await releases(context, ref, stage.signal)).toEqual([])
    await send(stage, data)
    await stage.settle(remove(context, { ref, volumes: true }, listen()))
    expect((await stage.observe(data)).volumes).toEqual([])
    expect(stage.engine.world.volumes).toEqual([])
    expect(await list(context, stage.signal)).toEqual([])
  })

  it('says so when there is nothing', async () => {
    const stage = openStage()
    const work = stage.settle(remove(stage.createContext('ann'), { ref, volumes: true }, listen()))
    await expect(work).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('status', () => {
  it('shows wanted and actual, on which node, since when, and the drift', async () => {
    const stage = openStage()
    const context = stage.createContext('ann')
    await send(stage, data)
    stage.engine.outsider.change('shop_test_web', (spec) => ({ ...spec, environment: { X: '1' } }))
    await stage.pass(5_000)
    const found = await status(context, ref, stage.signal)
    expect(found).toMatchObject({
      release: { number: 1, author: 'ann' },
      lastDeployment: { number: 1, state: 'converged' },
      services: [
        { service: 'db', wanted: 1, running: 1, state: 'good', why: [], drift: [] },
        { service: 'web', drift: [{ field: 'environment.X' }] },
      ],
      volumes: [{ engineName: 'shop_test_data', isReachable: true }],
      strangers: [],
    })
    expect(found.services[0]?.tasks[0]).toMatchObject({ node: expect.stringContaining('node-'), state: 'running' })
  })

  it('says why a service does not run: its volume is on a node that is gone', async () => {
    const stage = openStage()
    await send(stage, data)
    const place = stage.engine.world.places.get('shop_test_data')!
    stage.engine.outsider.setNode(place.nodeName, { state: 'down' })
    await stage.pass(10_000)
    const found = await status(stage.createContext('ann'), ref, stage.signal)
    const db = found.services.find(({ service }) => service === 'db')
    expect(db).toMatchObject({ wanted: 1, running: 0, state: 'waiting' })
    expect(db?.why[0]).toContain('no suitable node')
    expect(db?.nodes.map(({ node }) => node)).toEqual(['node-1', 'node-2', 'node-3'])
    expect(found.volumes).toMatchObject([{ nodeName: place.nodeName, isReachable: false }])
    expect(found.troubledNodes).toMatchObject([{ name: place.nodeName, state: 'down' }])
  })
})

describe('list', () => {
  it('has every environment with what runs of it', async () => {
    const stage = openStage()
    await send(stage, createApp([web]))
    expect(await list(stage.createContext('ann'), stage.signal)).toEqual([
      { ref, release: 1, services: 1, good: 1, wanted: 2, tasks: 2 },
    ])
  })
})
