import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'

const live = new AbortController().signal

const open = async () => {
  const stage = openStage()
  const test = await openTestControl(stage)
  const as = async (role: 'viewer' | 'maintainer' | 'owner') =>
    test.client(await addPerson(test, { name: role, grants: [{ role }] }))
  return { stage, test, as, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

const tellDone = async ({ control }: TestControl, action: string): Promise<readonly unknown[]> =>
  (await listAudit(control, live)).filter((entry) => entry.kind === 'done' && entry.action === action)

describe('labels of a node', () => {
  it('are changed by maintainers, which is written down with before and after', async () => {
    await using opened = await open()
    const { test, as, stage } = opened
    const call = { params: { node: 'node-2' }, body: { labels: { disk: 'ssd' }, removed: ['zone'] } }
    expect(await caught((await as('viewer')).call('labelNode', call, live))).toMatchObject({ status: 403 })
    const max = await as('maintainer')
    expect(await max.call('labelNode', call, live)).toMatchObject({ node: 'node-2', labels: { disk: 'ssd' } })
    expect(stage.engine.world.nodes[1]?.labels).toEqual({ disk: 'ssd' })
    const entry = { by: 'maintainer', subject: 'node-2', before: { zone: 'b' }, after: { disk: 'ssd' } }
    expect(await tellDone(test, 'labelNode')).toMatchObject([entry])
    const own = { params: { node: 'node-2' }, body: { labels: { 'atoll.drain': '1' } } }
    expect(await caught(max.call('labelNode', own, live))).toMatchObject({ status: 422, code: 'refused' })
    const missing = { params: { node: 'nowhere' }, body: { removed: ['a'] } }
    expect(await caught(max.call('labelNode', missing, live))).toMatchObject({ status: 404 })
  })
})

describe('the role of a node', () => {
  it('is changed by owners alone, which is written down', async () => {
    await using opened = await open()
    const { test, as, stage } = opened
    const call = { params: { node: 'node-3' }, body: { role: 'worker' } } as const
    expect(await caught((await as('maintainer')).call('changeNodeRole', call, live))).toMatchObject({ status: 403 })
    const olga = await as('owner')
    const done = { node: 'node-3', role: 'worker', isChanged: true, managers: 2, isSettled: true }
    expect(await olga.call('changeNodeRole', call, live)).toMatchObject(done)
    expect(stage.engine.world.nodes.map(({ isManager }) => isManager)).toEqual([true, true, false])
    const entry = { subject: 'node-3', before: { role: 'manager' }, after: { role: 'worker', isSettled: true } }
    expect(await tellDone(test, 'changeNodeRole')).toMatchObject([entry])
    const last = { params: { node: 'node-2' }, body: { role: 'worker' } } as const
    stage.engine.outsider.setNode('node-2', { isManager: false })
    const only = { params: { node: 'node-1' }, body: { role: 'worker' } } as const
    expect(await olga.call('changeNodeRole', last, live)).toMatchObject({ isChanged: false })
    expect(await caught(olga.call('changeNodeRole', only, live))).toMatchObject({ status: 422, code: 'refused' })
  })

  it('is said to be under way when a control has made its own node a worker and sees no managers any more', async () => {
    const stage = openStage()
    const changeRole: typeof stage.engine.changeRole = async () => {
      throw new EngineError('refused', 'this node is not a swarm manager')
    }
    await using test = await openTestControl(stage, { engine: { ...stage.engine, changeRole } })
    const olga = test.client(await addPerson(test, { name: 'olga', grants: [{ role: 'owner' }] }))
    const ask = (node: string) => olga.call('changeNodeRole', { params: { node }, body: { role: 'worker' } }, live)
    expect(await ask('node-1')).toMatchObject({ isChanged: true, isSettled: false })
    expect(await caught(ask('node-2'))).toMatchObject({ code: 'refused' })
  })
})

describe('a witness', () => {
  it('is made by owners of a node that runs nothing, which is written down', async () => {
    await using opened = await open()
    const { test, as, stage } = opened
    const ask = (isWitness: boolean) => ({ params: { node: 'node-3' }, body: { isWitness } })
    expect(await caught((await as('maintainer')).call('setWitness', ask(true), live))).toMatchObject({ status: 403 })
    const olga = await as('owner')
    const done = { node: 'node-3', isWitness: true, isChanged: true, isManager: true }
    expect(await olga.call('setWitness', ask(true), live)).toEqual(done)
    expect(stage.engine.world.nodes[2]).toMatchObject({ availability: 'drain', labels: { 'atoll.witness': 'true' } })
    expect(await tellDone(test, 'setWitness')).toMatchObject([{ subject: 'node-3', after: { isWitness: true } }])
    const resumed = olga.call('resumeNode', { params: { node: 'node-3' } }, live)
    expect(await caught(resumed)).toMatchObject({ status: 422, code: 'refused' })
  })
})

describe('what a server needs to join', () => {
  it('is told to owners who signed in, and written down without the token', async () => {
    await using opened = await open()
    const { test, as } = opened
    expect(await caught((await as('maintainer')).call('admitServer', {}, live))).toMatchObject({ status: 403 })
    const olga = await as('owner')
    const managers = ['10.0.0.1:2377', '10.0.0.2:2377', '10.0.0.3:2377']
    expect(await olga.call('admitServer', {}, live)).toEqual({ workerToken: 'SWMTKN-worker', managers })
    expect(await tellDone(test, 'admitServer')).toMatchObject([{ by: 'owner', subject: 'cluster' }])
    expect(JSON.stringify(await listAudit(test.control, live))).not.toContain('SWMTKN')
  })

  it('is told to no token', async () => {
    await using opened = await open()
    const body = { name: 'ci', role: 'owner' as const, expiresInS: 3600 }
    const { secret } = await (await opened.as('owner')).call('createToken', { body }, live)
    const refused = await caught(opened.test.client(secret).call('admitServer', {}, live))
    expect(refused).toMatchObject({ status: 403, code: 'needs-session' })
  })
})

describe('taking a node out', () => {
  it('is for owners, is refused while it takes tasks, and is written down', async () => {
    await using opened = await open()
    const { test, as, stage } = opened
    const call = { params: { node: 'node-3' } }
    expect(await caught((await as('maintainer')).call('removeNode', call, live))).toMatchObject({ status: 403 })
    const olga = await as('owner')
    expect(await caught(olga.call('removeNode', call, live))).toMatchObject({ status: 422, code: 'refused' })
    stage.engine.outsider.setNode('node-3', { availability: 'drain' })
    expect(await olga.call('removeNode', call, live)).toEqual({ node: 'node-3', wasManager: true, volumes: [] })
    expect(stage.engine.world.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2'])
    expect(await tellDone(test, 'removeNode')).toMatchObject([{ subject: 'node-3', after: { isForced: false } }])
    expect(await caught(olga.call('removeNode', call, live))).toMatchObject({ status: 404 })
  })
})

describe('draining a node', () => {
  it('is refused of the last manager that could run a control, where controls run', async () => {
    await using opened = await open()
    const { as, stage } = opened
    const max = await as('maintainer')
    const service = createService('control', { engineName: 'atoll_system_control', mode: { kind: 'global' } })
    const context = { ref: { app: 'atoll', environment: 'system' }, release: 1, secrets: {} }
    await stage.engine.apply({ kind: 'create-service', service }, context, live)
    for (const name of ['node-2', 'node-3']) stage.engine.outsider.setNode(name, { isManager: false })
    const drain = (node: string) => max.call('drainNode', { params: { node }, body: {} }, live)
    expect(await caught(drain('node-1'))).toMatchObject({ status: 422, code: 'refused' })
    expect(await drain('node-2')).toMatchObject({ isBegun: true })
    expect(await drain('node-2')).toMatchObject({ isBegun: false })
  })
})
