import { deploy } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from './test-control.ts'

const live = new AbortController().signal
/** What a build after this one may keep beside what this one knows. */
const later = { later: { all: [1], by: 'somebody' } }

const addTo = async ({ documents }: Stage, collection: string, id: string): Promise<void> => {
  const found = await documents.find<object>(collection, id, live)
  const write = { expected: found?.revision ?? 0, value: { ...found?.value, ...later } }
  await documents.put(collection, id, write, live)
}
const read = async ({ documents }: Stage, collection: string, id: string) =>
  (await documents.find<object>(collection, id, live))?.value

/** During an upgrade both write; the ones that do not know a field must not take it away. */
describe('what a newer build keeps in a document', () => {
  it('stays when an older one deploys', async () => {
    const stage = openStage()
    const send = (image: string) => {
      const app = createApp([createService('web', { image })])
      return stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
    }
    const { receipt } = await send('web:1')
    const id = `${receipt.app}.${receipt.environment}`
    await addTo(stage, 'environment', id)
    expect(await send('web:2')).toMatchObject({ kind: 'converged' })
    expect(await read(stage, 'environment', id)).toMatchObject({ ...later, current: 2 })
  })

  it('stays when an older control changes settings, teams and roles', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
    await addPerson(test, { name: 'bob', grants: [{ role: 'viewer' }] })
    await root.call('createTeam', { body: { name: 'web' } }, live)
    await root.call('changeSettings', { body: { rebalance: { isAutomatic: true } } }, live)
    const places = [
      ['settings', 'cluster'],
      ['team', 'all'],
      ['person', 'bob'],
    ] as const
    for (const [collection, id] of places) await addTo(stage, collection, id)
    await root.call('changeSettings', { body: { managers: { graceMs: 120_000 } } }, live)
    await root.call('createTeam', { body: { name: 'ops' } }, live)
    const role = {
      params: { name: 'bob' },
      headers: { 'if-match': '"2"' },
      body: { grants: [{ role: 'owner' as const }] },
    }
    await root.call('changeRole', role, live)
    for (const [collection, id] of places) expect(await read(stage, collection, id)).toMatchObject(later)
    expect(await read(stage, 'settings', 'cluster')).toMatchObject({ managers: { graceMs: 120_000 } })
    expect(await read(stage, 'person', 'bob')).toMatchObject({ grants: [{ role: 'owner' }] })
  })
})
