import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { addPerson, openTestControl, uploadOf } from '../test-control.ts'
import { appendAudit, listAudit } from './audit.ts'
import { verifyAudit } from './chain.ts'
import type { AuditEntry } from './chain.ts'

const never = new AbortController().signal
const entry = (subject: string) => ({ by: 'anna', action: 'test', subject, address: '::1' })

const openTwo = async () => {
  const stage = openStage()
  const [one, two] = [await openTestControl(stage), await openTestControl(stage, { node: 1 })]
  const close = async (): Promise<void> => {
    await one[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
  }
  return { stage, one, two, [Symbol.asyncDispose]: close }
}

describe('the chain of who did what', () => {
  it('is one, however many controls write it at once', async () => {
    await using world = await openTwo()
    const writes = Array.from({ length: 12 }, (_, index) =>
      appendAudit(index % 2 === 0 ? world.one.control : world.two.control, entry(`s${index}`), never),
    )
    await Promise.all(writes)
    const entries = await listAudit(world.one.control, never)
    expect(entries.map(({ sequence }) => sequence)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(12)
    expect(verifyAudit(entries)).toBeUndefined()
    expect(verifyAudit(entries.slice(0, 5))).toBeUndefined()
  })

  it('shows what was changed, left out, or put in', async () => {
    await using world = await openTwo()
    for (const subject of ['a', 'b', 'c']) await appendAudit(world.one.control, entry(subject), never)
    const entries = (await listAudit(world.one.control, never)).toReversed()
    const edit = (change: Partial<AuditEntry>) =>
      entries.map((each) => (each.sequence === 2 ? { ...each, ...change } : each))
    for (const change of [{ by: 'eve' }, { atMs: 0 }, { after: { a: 1 } }, { previousHash: 'x' }, { hash: 'x' }]) {
      expect(verifyAudit(edit(change))?.sequence).toBe(2)
    }
    expect(verifyAudit(entries.filter(({ sequence }) => sequence !== 2))?.sequence).toBe(3)
  })

  it('has every change with who and where from, and no secret', async () => {
    await using world = await openTwo()
    const { one, stage } = world
    const root = one.client(await addPerson(one, { name: 'root', grants: [{ role: 'owner' }] }))
    const { token } = await root.call('invitePerson', { body: { role: 'viewer' } }, never)
    const body = { name: 'ci', role: 'viewer' as const, expiresInS: 60 }
    const { secret, id } = await root.call('createToken', { body }, never)
    await root.call('removeToken', { params: { token: id } }, never)
    const project = uploadOf('name: shop\nservices: { web: { image: "web:1", environment: { PASSWORD: hunter2 } } }')
    const params = { app: 'shop', environment: 'test' }
    await stage.settle(root.call('startDeployment', { params, body: { kind: 'deploy', project } }, never))
    await stage.pass(60_000)
    const page = await root.call('listAudit', { query: { limit: 3 } }, never)
    const rest = await root.call('listAudit', { query: { after: page.next ?? '' } }, never)
    const entries = [...page.items, ...rest.items]
    expect(entries.map(({ action }) => action)).toEqual([
      'startDeployment',
      'removeToken',
      'createToken',
      'invitePerson',
    ])
    expect(entries[0]).toMatchObject({ by: 'root', subject: 'shop/test', address: '127.0.0.1' })
    for (const value of [token, secret, 'hunter2']) expect(JSON.stringify(entries)).not.toContain(value)
    expect(verifyAudit(entries)).toBeUndefined()
  })
})
