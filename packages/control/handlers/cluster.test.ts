import { roles } from '@atoll/api'
import { openDrillRecord } from '@atoll/deploy'
import { openStage } from '@atoll/deploy/stage'
import { storeOf } from '@atoll/engine/fake'
import { createService } from '@atoll/plan/fixtures'
import type { NodeDisk } from '@atoll/engine'
import { describe, expect, it } from 'vitest'
import { createDisks, withDisks } from '../disks/disks.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'

const live = new AbortController().signal
const disk: NodeDisk = { sizeBytes: 100, freeBytes: 3, usedShare: 0.97, scarce: 'bytes' }

describe('disks of the nodes', () => {
  const open = async () => {
    const stage = openStage()
    const disks = createDisks(() => stage.clock.now())
    // The engine of one agent, which reaches no other.
    const message = 'clock and disk of node-2, node-3 cannot be seen from here'
    const diagnose: typeof stage.engine.diagnose = async (signal) => {
      const found = await stage.engine.diagnose(signal)
      return { ...found, findings: [...found.findings, { check: 'reach', state: 'warning', message }] }
    }
    const test = await openTestControl(stage, { engine: withDisks({ ...stage.engine, diagnose }, disks) })
    return { stage, disks, test, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
  }

  it('are told of with the nodes, in the doctor’s findings, and for as long as they are known', async () => {
    await using opened = await open()
    const { disks, stage, test } = opened
    disks.put('node2id', { ...disk, forecast: { fullAtMs: 5, bytesPerHour: 1 } })
    const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const nodes = async () => (await client.call('listNodes', {}, live)).items
    expect((await nodes())[1]).toMatchObject({ disk: { usedShare: 0.97, fullAtMs: 5 } })
    const { findings } = await client.call('getDoctor', {}, live)
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'disk', state: 'bad', message: expect.stringContaining('node-2 is 97 % full') }),
    )
    await stage.pass(100_000)
    expect((await nodes())[1]).not.toHaveProperty('disk')
  })

  it('and their clocks are compared through their agents, and who tells nothing is named', async () => {
    await using opened = await open()
    const { stage, test } = opened
    const tell = (nodeId: string, aheadMs: number) => {
      const store = storeOf(stage.engine.world, nodeId)
      store.disk = { ...store.disk, clockMs: stage.clock.now() + aheadMs }
    }
    tell('node1id', 0)
    tell('node2id', -90_000)
    const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const { findings } = await client.call('getDoctor', {}, live)
    const told = findings.filter(({ check }) => check === 'clock' || check === 'reach').map(({ message }) => message)
    expect(told).toEqual([
      'the clock of node-1 agrees with that of the control',
      'the clock of node-2 is 90 s off',
      'no word of clock and disk from the agent of node-3',
    ])
  })

  it('are looked at by viewers, and cleared by maintainers alone, which is written down', async () => {
    await using opened = await open()
    const { stage, test } = opened
    const id = `sha256:${'a'.repeat(64)}`
    const store = storeOf(stage.engine.world, 'node2id')
    store.images = [{ id, tags: [], digests: [], bytes: 5, createdAtMs: 0 }]
    const eve = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const max = test.client(await addPerson(test, { name: 'max', grants: [{ role: 'maintainer' }] }))
    const params = { node: 'node-2' }
    expect(await eve.call('getNodeUsage', { params }, live)).toMatchObject({
      node: 'node-2',
      usage: { images: { bytes: 5 } },
    })
    expect(await caught(eve.call('listGarbage', { params }, live))).toMatchObject({
      status: 403,
    })
    await max.call('listGarbage', { params }, live)
    expect(storeOf(stage.engine.world, 'node2id').images).toHaveLength(1)
    const { removed } = await max.call('pruneNode', { params }, live)
    expect(removed).toMatchObject([{ kind: 'image', bytes: 5 }])
    expect(storeOf(stage.engine.world, 'node2id').images).toHaveLength(0)
    const { items: entries } = await max.call('listAudit', {}, live)
    const done = { by: 'max', action: 'pruneNode', subject: 'node-2', after: { removed: ['aaaaaaaaaaaa'] } }
    expect(entries).toContainEqual(expect.objectContaining(done))
    const missing = eve.call('getNodeUsage', { params: { node: 'nowhere' } }, live)
    expect(await caught(missing)).toMatchObject({ status: 404, message: expect.stringContaining('node-1, node-2') })
  })
})

describe('what if', () => {
  const open = async () => {
    const stage = openStage()
    const service = createService('web', {
      mode: { kind: 'replicated', replicas: 3 },
      placement: { constraints: [], spread: [], maxPerNode: 1 },
    })
    // Somebody else's, and large.
    const hog = createService('hog', {
      engineName: 'blog_test_hog',
      mode: { kind: 'replicated', replicas: 3 },
      resources: { limits: {}, reservations: { memoryBytes: 3e9 } },
    })
    for (const [app, each] of Object.entries({ shop: service, blog: hog })) {
      const context = { ref: { app, environment: 'test' }, release: 1, secrets: {} }
      await stage.engine.apply({ kind: 'create-service', service: each }, context, live)
    }
    stage.engine.tick(10_000)
    return openTestControl(stage)
  }

  it('is answered to viewers of the cluster, of nodes together and of each in turn', async () => {
    await using test = await open()
    const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const { outcomes } = await client.call('getWhatIf', { query: { lose: 'node-2,node3id' } }, live)
    expect(outcomes).toMatchObject([{ lost: ['node-2', 'node-3'], survives: false, managers: { left: 1 } }])
    const each = await client.call('getWhatIf', {}, live)
    expect(each.outcomes.map(({ lost, services }) => [...lost, services[0]?.lost])).toEqual([
      ['node-1', 1],
      ['node-2', 1],
      ['node-3', 1],
    ])
    const zone = await client.call('getWhatIf', { query: { zone: 'b', app: 'shop' } }, live)
    expect(zone.outcomes).toMatchObject([{ lost: ['node-2'], services: [{ service: 'web', before: 3, after: 2 }] }])
  })

  it.each([...roles, 'team'] as const)(
    'is answered of its own app alone to who is %s there, in its status too',
    async (role) => {
      await using test = await open()
      const team = { teams: { crew: { createdAtMs: 0 } }, apps: { shop: 'crew' } }
      await test.control.documents.put('team', 'all', { expected: 0, value: team }, live)
      const grant = role === 'team' ? { role: 'viewer' as const, team: 'crew' } : { role, app: 'shop' }
      const client = test.client(await addPerson(test, { name: 'bob', grants: [grant] }))
      const params = { app: 'shop', environment: 'test' }
      const { survival } = await client.call('getStatus', { params }, live)
      expect(survival).toMatchObject({ survives: false, because: Array(3).fill(expect.stringContaining('web 3 -> 2')) })
      const answer = await client.call('getAppWhatIf', { params: { app: 'shop' } }, live)
      expect(answer).toMatchObject({ isAlone: true, outcomes: [{ nodes: [], services: [{ service: 'web' }] }, {}, {}] })
      expect(JSON.stringify([survival, answer])).not.toMatch(/blog|hog/)
      const elsewhere = client.call('getAppWhatIf', { params: { app: 'blog' } }, live)
      expect(await caught(elsewhere)).toMatchObject({ status: 403 })
    },
  )

  it('is refused to who sees one app only, and of what is not there', async () => {
    await using test = await open()
    const bob = test.client(await addPerson(test, { name: 'bob', grants: [{ role: 'owner', app: 'shop' }] }))
    expect(await caught(bob.call('getWhatIf', {}, live))).toMatchObject({ status: 403 })
    expect(await caught(test.client().call('getWhatIf', {}, live))).toMatchObject({ status: 401 })
    const eve = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const ask = (query: object) => caught(eve.call('getWhatIf', { query }, live))
    expect(await ask({ lose: 'nowhere' })).toMatchObject({ status: 404, hint: 'the nodes are node-1, node-2, node-3' })
    expect(await ask({ lose: 'a,,b' })).toMatchObject({ status: 400 })
  })
})

describe('drills', () => {
  it('are listed to viewers of the cluster, newest first, a page at a time', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const record = { kind: 'engine', by: 'ann@laptop', lastsMs: 90_000, foreseen: [], traffic: [], unseen: [] } as const
    for (const at of [0, 1, 2]) {
      await openDrillRecord(stage.documents, { ...record, node: `node-${at}`, beganAtMs: at * 1e9 }, live)
    }
    const vera = test.client(await addPerson(test, { name: 'vera', grants: [{ role: 'viewer' }] }))
    const first = await vera.call('listDrills', { query: { limit: 2 } }, live)
    expect(first.items.map(({ number, node }) => [number, node])).toEqual([
      [3, 'node-2'],
      [2, 'node-1'],
    ])
    const rest = await vera.call('listDrills', { query: { after: first.next ?? '' } }, live)
    expect(rest.items.map(({ number }) => number)).toEqual([1])
  })
})
