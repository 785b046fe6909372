import type { Client } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { limits } from '../limits.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'

const live = new AbortController().signal
const seat = 'a'.repeat(43)
const other = 'b'.repeat(43)
const nodeId = 'node4'

const names = ['node-1', 'node-2', 'node-3', 'node-4']
const well = { isResolved: true, tcp: true, udp: true, largeTcp: true, largeUdp: true, hasHeard: true, closed: [] }

/** What the tasks of the proof say: all is well, but for one way. */
const say = (from = '', to = '', seen: object = {}): readonly string[] =>
  names.map((node) => {
    const others = names.filter((name) => name !== node)
    const peers = others.map((name) => [name, { ...well, ...(node === from && name === to ? seen : {}) }])
    return JSON.stringify({ node, peers: Object.fromEntries(peers), badChecksums: 0, isComplete: true })
  })

const open = async (lines = say()) => {
  const stage = openStage()
  const test = await openTestControl(stage)
  stage.engine.setImage('atoll-system:1', { run: { kind: 'serves', lines } })
  const service = createService('control', { engineName: 'atoll_system_control', image: 'atoll-system:1' })
  const context = { ref: { app: 'atoll', environment: 'system' }, release: 1, secrets: {} }
  await stage.engine.apply({ kind: 'create-service', service }, context, live)
  const olga = test.client(await addPerson(test, { name: 'olga', grants: [{ role: 'owner' }] }))
  // The control waits by the clock of the stage.
  const flow = setInterval(() => {
    stage.engine.tick(250)
    stage.clock.ring()
  }, 5)
  onTestFinished(async () => {
    clearInterval(flow)
    await test[Symbol.asyncDispose]()
  })
  /** As a server that joined would look. */
  const enter = (id = nodeId): void => {
    const [first] = stage.engine.world.nodes
    if (first === undefined) throw new Error('no node')
    const node = { ...first, id, name: 'node-4', address: '10.0.0.4', labels: {} }
    stage.engine.world.nodes.push({ ...node, isManager: false, isLeader: false, state: 'ready' })
  }
  const nobody = test.client()
  const settle = (token: string, body: { seat: string; nodeId: string; holdsDoor?: boolean } = { seat, nodeId }) =>
    nobody.call('settleJoin', { body: { token, ...body } }, live)
  const settled = async (token: string) => {
    for (;;) {
      const progress = await settle(token)
      if (progress.kind !== 'working') return progress
    }
  }
  return { stage, test, olga, nobody, enter, settle, settled }
}

const invite = (client: Client, body = {}) => client.call('inviteServer', { body }, live)

describe('a server that is invited', () => {
  it('is told how to join, labelled, proven, and made what the invitation says', async () => {
    const { stage, test, olga, nobody, enter, settled } = await open()
    const { token } = await invite(olga, { zone: 'd', role: 'manager' })
    const look = await nobody.call('lookAtCluster', { body: { token } }, live)
    expect(look).toMatchObject({ role: 'manager', zone: 'd', image: 'atoll-system:1' })
    expect(look.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3'])
    const admission = await nobody.call('joinCluster', { body: { token, seat } }, live)
    expect(admission.workerToken).not.toBe('')
    enter()
    const joined = { kind: 'joined', node: 'node-4', role: 'manager', zone: 'd', provenWith: names.slice(0, 3) }
    expect(await settled(token)).toMatchObject(joined)
    expect(stage.engine.world.nodes.at(-1)).toMatchObject({ isManager: true, labels: { zone: 'd' } })
    expect([...stage.engine.world.services.keys()]).toEqual(['atoll_system_control'])
    expect(await settled(token)).toMatchObject(joined)
    const told = (await listAudit(test.control, live)).filter(({ kind }) => kind === 'done')
    expect(told.map(({ action }) => action)).toEqual(['settleJoin', 'joinCluster', 'inviteServer'])
    expect(JSON.stringify([told, test.log])).not.toContain(token)
    expect(JSON.stringify(await stage.documents.list('server-invitation', {}, live))).not.toContain(token)
  })

  it('is told what is wrong and forgotten when it has left, and may come again', async () => {
    const lines = [...say('node-4', 'node-1', { largeUdp: false })]
    const { stage, olga, nobody, enter, settled } = await open(lines)
    const { token } = await invite(olga)
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    enter()
    const refused = await settled(token)
    expect(refused).toMatchObject({
      kind: 'refused',
      findings: [{ message: expect.stringContaining('large ones do not') }],
    })
    stage.engine.outsider.setNode('node-4', { state: 'down' })
    expect(await nobody.call('leaveJoin', { body: { token, seat } }, live)).toEqual({ isRemoved: true })
    expect(stage.engine.world.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3'])
    expect([...stage.engine.world.services.keys()]).toEqual(['atoll_system_control'])
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    lines.splice(0, lines.length, ...say())
    // Of what is removed a real engine has no lines any more.
    stage.engine.world.logs.length = 0
    enter()
    expect(await settled(token)).toMatchObject({ kind: 'joined' })
    expect(await caught(nobody.call('leaveJoin', { body: { token, seat } }, live))).toMatchObject({
      code: 'not-refused',
    })
  })

  it('is knocked at the port of the managers while it holds it, and becomes one once it has left it', async () => {
    const { stage, olga, nobody, enter, settle } = await open()
    const { token } = await invite(olga, { role: 'manager' })
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    enter()
    const isManager = () => stage.engine.world.nodes.at(-1)?.isManager
    const seen = new Set<string>()
    let holdsDoor = true
    let wasManager: boolean | undefined
    for (;;) {
      const progress = await settle(token, { seat, nodeId, holdsDoor })
      for (const { spec } of stage.engine.world.services.values()) seen.add(spec.command?.join(' ') ?? '')
      if (progress.kind !== 'working') break
      if (!progress.leavesDoor || !holdsDoor) continue
      wasManager = isManager()
      holdsDoor = false
    }
    expect([wasManager, isManager()]).toEqual([false, true])
    expect([...seen].join('\n')).toContain('10.0.0.4:2377')
  })

  it('that never leaves the port of the managers is made none', async () => {
    const { stage, olga, nobody, enter, settle } = await open()
    const { token } = await invite(olga, { role: 'manager' })
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    enter()
    const hold = async (): Promise<never> => {
      for (;;) await settle(token, { seat, nodeId, holdsDoor: true })
    }
    expect(await caught(hold())).toMatchObject({ code: 'port-held' })
    expect(stage.engine.world.nodes.at(-1)?.isManager).toBe(false)
  })

  it('that does not appear is told of', async () => {
    const { olga, nobody, settled } = await open()
    const { token } = await invite(olga)
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    expect(await caught(settled(token))).toMatchObject({ code: 'not-ready' })
  })
})

describe('an invitation of a server', () => {
  const gone = { status: 401, code: 'invalid-invitation' }

  it('is good for one server: not for another, not for a node that was there, not once it is one', async () => {
    const { stage, olga, nobody, enter, settle, settled } = await open()
    const { token } = await invite(olga)
    expect(await caught(settle(token))).toMatchObject(gone)
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    expect(await caught(nobody.call('joinCluster', { body: { token, seat: other } }, live))).toMatchObject(gone)
    expect(await caught(settle(token, { seat: other, nodeId }))).toMatchObject(gone)
    expect(await caught(settle(token, { seat, nodeId: stage.engine.world.nodes[0]?.id ?? '' }))).toMatchObject({
      code: 'not-new',
    })
    await nobody.call('joinCluster', { body: { token, seat } }, live)
    enter()
    await settled(token)
    expect(await caught(nobody.call('joinCluster', { body: { token, seat } }, live))).toMatchObject(gone)
  })

  it('ends by itself, and when it is taken back', async () => {
    const { stage, olga, nobody } = await open()
    const { token } = await invite(olga, { expiresInS: 60 })
    const second = await invite(olga)
    const listed = async () => (await olga.call('listServerInvitations', {}, live)).items
    expect(await listed()).toHaveLength(2)
    await stage.pass(61_000)
    expect(await caught(nobody.call('lookAtCluster', { body: { token } }, live))).toMatchObject(gone)
    expect((await listed()).map(({ id }) => id)).toEqual([second.id])
    const params = { invitation: second.id }
    await olga.call('removeServerInvitation', { params }, live)
    expect(await caught(nobody.call('lookAtCluster', { body: { token: second.token } }, live))).toMatchObject(gone)
    expect(await caught(olga.call('removeServerInvitation', { params }, live))).toMatchObject({ status: 404 })
  })

  it('is guessed in vain: attempts are counted', async () => {
    const { nobody } = await open()
    const guess = () => caught(nobody.call('lookAtCluster', { body: { token: `atoll_j_${other}` } }, live))
    for (let each = 0; each < limits.joins.attemptsPerAddress; each += 1) expect(await guess()).toMatchObject(gone)
    expect(await guess()).toMatchObject({ status: 429 })
  })

  it('is made by a person who is owner, not by a token', async () => {
    const { test, olga } = await open()
    const max = test.client(await addPerson(test, { name: 'max', grants: [{ role: 'maintainer' }] }))
    expect(await caught(invite(max))).toMatchObject({ status: 403 })
    const body = { name: 'ci', role: 'owner' as const, expiresInS: 3_600 }
    const { secret } = await olga.call('createToken', { body }, live)
    expect(await caught(invite(test.client(secret)))).toMatchObject({ code: 'needs-session' })
  })
})

it('what was begun by a control that is gone is gone on with by another', async () => {
  const { stage, test, olga, nobody, enter, settled } = await open()
  const { id, token } = await invite(olga)
  await nobody.call('joinCluster', { body: { token, seat } }, live)
  enter()
  const found = await stage.documents.find<object>('server-invitation', id, live)
  const carried = { node: 'node-2', untilMs: stage.clock.now() + limits.joins.aliveMs }
  const value = { ...found?.value, carried }
  await stage.documents.put('server-invitation', id, { expected: found?.revision ?? 0, value }, live)
  expect(await settled(token)).toMatchObject({ kind: 'joined' })
  expect(test.control.clock.now()).toBeGreaterThanOrEqual(carried.untilMs)
})
