import { openStage } from '@atoll/deploy/stage'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'
import { appendAudit, listAudit } from './audit.ts'
import { createVerifier } from './chain.ts'
import type { AuditEntry } from './chain.ts'
import { readOldestFirst } from './read.ts'

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

const findBroken = (entries: readonly AuditEntry[]): number | undefined => {
  const verifier = createVerifier()
  return entries.find((each) => !verifier.take(each))?.sequence
}
const readAll = (store: Parameters<typeof readOldestFirst>[0]) => Array.fromAsync(readOldestFirst(store, never))

describe('the chain of who did what', () => {
  it('is one, however many controls write it at once', async () => {
    await using world = await openTwo()
    const writes = Array.from({ length: 40 }, (_, index) =>
      appendAudit(index % 2 === 0 ? world.one.control : world.two.control, entry(`s${index}`), never),
    )
    expect(new Set(await Promise.all(writes)).size).toBe(40)
    const entries = await readAll(world.one.control)
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(40)
    expect(findBroken(entries)).toBeUndefined()
    expect(findBroken(entries.slice(7))).toBeUndefined()
    expect(await listAudit(world.two.control, never)).toEqual(entries.toReversed())
  })

  it('keeps everything over many segments, read both ways, and from any page on', async () => {
    await using world = await openTwo()
    const count = limits.auditSegmentEntries * 2 + 100
    await Promise.all(
      Array.from({ length: count }, (_, index) => appendAudit(world.one.control, entry(`app${index % 3}/test`), never)),
    )
    const entries = await readAll(world.two.control)
    expect(entries.length).toBe(count)
    expect(findBroken(entries)).toBeUndefined()
    expect(await listAudit(world.two.control, never)).toEqual(entries.toReversed())
    const root = world.one.client(await addPerson(world.one, { name: 'root', grants: [{ role: 'owner' }] }))
    const seen: number[] = []
    let after: string | undefined
    do {
      const query = { app: 'app1', limit: 150, ...(after === undefined ? {} : { after }) }
      const page = await root.call('listAudit', { query }, never)
      seen.push(...page.items.map(({ sequence }) => sequence))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(
      entries.flatMap(({ subject, sequence }) => (subject === 'app1/test' ? [sequence] : [])).toReversed(),
    )
    const exported = await Array.fromAsync(root.lines('exportAudit', {}, never))
    expect(exported).toEqual(entries)
  })

  it('shows any entry that was changed, left out, or put in', async () => {
    await using world = await openTwo()
    for (const subject of ['a', 'b', 'c', 'd']) await appendAudit(world.one.control, entry(subject), never)
    const entries = await readAll(world.one.control)
    const change = fc.constantFrom<Partial<AuditEntry>>(
      { by: 'eve' },
      { atMs: 0 },
      { after: { a: 1 } },
      { previousHash: 'x' },
      { hash: 'x' },
      { kind: 'failed' },
      { times: 2 },
    )
    fc.assert(
      fc.property(fc.nat({ max: 3 }), change, (at, edit) => {
        expect(findBroken(entries.map((each, index) => (index === at ? { ...each, ...edit } : each)))).toBe(at + 1)
        // Of one that is left out at an end nothing can be seen from inside.
        expect(findBroken(entries.toSpliced(at, 1))).toBe(at > 0 && at < 3 ? at + 2 : undefined)
        expect(findBroken(entries.toSpliced(at, 0, entries[0]!))).toBeDefined()
      }),
    )
  })
})

describe('a request', () => {
  const open = async () => {
    const world = await openTwo()
    const root = world.one.client(await addPerson(world.one, { name: 'root', grants: [{ role: 'owner' }] }))
    return { ...world, root, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
  }

  it('that changes something is an intent first, then how it ended, with who and where from, and no secret', async () => {
    await using world = await open()
    const { root, stage, one } = world
    const { token } = await root.call('invitePerson', { body: { role: 'viewer' } }, never)
    const body = { name: 'ci', role: 'viewer' as const, expiresInS: 60 }
    const { secret, id } = await root.call('createToken', { body }, never)
    await root.call('removeToken', { params: { token: id } }, never)
    const project = uploadOf('name: shop\nservices: { web: { image: "web:1", environment: { PASSWORD: hunter2 } } }')
    const params = { app: 'shop', environment: 'test' }
    await stage.settle(root.call('startDeployment', { params, body: { kind: 'deploy', project } }, never))
    await stage.pass(60_000)
    const actions = ['startDeployment', 'removeToken', 'createToken', 'invitePerson']
    const page = await root.call('listAudit', { query: { limit: 3 } }, never)
    const rest = await root.call('listAudit', { query: { after: page.next ?? '' } }, never)
    expect([...page.items, ...rest.items].map(({ action }) => action)).toEqual(actions)
    expect(page.items[0]).toMatchObject({ by: 'root', subject: 'shop/test', address: '127.0.0.1', kind: 'done' })
    const all = await readAll(one.control)
    expect(all.map(({ action, kind, of }) => [action, kind, of])).toEqual(
      actions.toReversed().flatMap((action, at) => [
        [action, 'intent', undefined],
        [action, 'done', at * 2 + 1],
      ]),
    )
    for (const value of [token, secret, 'hunter2']) expect(JSON.stringify(all)).not.toContain(value)
    expect(findBroken(all)).toBeUndefined()
  })

  it('that fails is told with its code; nothing is changed when its intent cannot be written', async () => {
    await using world = await open()
    const removed = world.root.call('removeToken', { params: { token: 'gone' } }, never)
    expect(await caught(removed)).toMatchObject({ code: 'not-found' })
    expect(await listAudit(world.one.control, never)).toMatchObject([
      { kind: 'failed', code: 'not-found', action: 'removeToken', subject: 'gone', of: 1 },
      { kind: 'intent' },
    ])
    const documents: typeof world.stage.documents = {
      ...world.stage.documents,
      put: (collection, ...rest) => {
        if (collection.startsWith('audit')) return Promise.reject(new Error('no leader'))
        return world.stage.documents.put(collection, ...rest)
      },
    }
    await using mute = await openTestControl(world.stage, { documents })
    const client = mute.client(await addPerson(mute, { name: 'eve', grants: [{ role: 'owner' }] }))
    expect(await caught(client.call('invitePerson', { body: { role: 'owner' } }, never))).toMatchObject({ status: 500 })
    expect(await world.stage.documents.list('invitation', {}, never)).toEqual([])
  })
})
