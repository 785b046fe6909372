import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { limits } from '../limits.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'
import { collection, forgetOldAnswers } from './answer-once.ts'

const never = new AbortController().signal
const body = { role: 'viewer' as const }
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })

const openTwo = async () => {
  const stage = openStage()
  const [one, two] = [await openTestControl(stage), await openTestControl(stage, { node: 1 })]
  const token = await addPerson(one, { name: 'root', grants: [{ role: 'owner' }] })
  const close = async (): Promise<void> => {
    await one[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
  }
  return { stage, one, two, root: one.client(token), elsewhere: two.client(token), [Symbol.asyncDispose]: close }
}

describe('a request with a key', () => {
  it('is done once, and answered alike by every control', async () => {
    await using world = await openTwo()
    const first = await world.root.call('invitePerson', { body, ...withKey('k1') }, never)
    const again = await world.elsewhere.call('invitePerson', { body, ...withKey('k1') }, never)
    expect(again).toEqual(first)
    expect(await world.stage.documents.list('invitation', {}, never)).toHaveLength(1)
    expect(await listAudit(world.one.control, never)).toHaveLength(2)
    const kept = await world.stage.documents.list(collection, {}, never)
    expect(JSON.stringify(kept)).not.toContain(first.token)
    expect(await world.root.call('invitePerson', { body, ...withKey('k2') }, never)).not.toEqual(first)
  })

  it('is refused when it is another request, and when the first is not answered yet', async () => {
    await using world = await openTwo()
    const both = await Promise.all([
      caught(world.root.call('invitePerson', { body, ...withKey('k') }, never)),
      caught(world.elsewhere.call('invitePerson', { body, ...withKey('k') }, never)),
    ])
    expect(both.filter((error) => error === undefined).length).toBeGreaterThan(0)
    expect(await world.stage.documents.list('invitation', {}, never)).toHaveLength(1)
    const other = { body: { role: 'owner' as const }, ...withKey('k') }
    expect(await caught(world.root.call('invitePerson', other, never))).toMatchObject({ code: 'other-request' })
    const [document] = await world.stage.documents.list<{ readonly answer?: unknown }>(collection, {}, never)
    const { answer: _, ...unanswered } = document?.value ?? {}
    const write = { expected: document?.revision ?? 0, value: unanswered }
    await world.stage.documents.put(collection, document?.id ?? '', write, never)
    const asked = world.root.call('invitePerson', { body, ...withKey('k') }, never)
    expect(await caught(asked)).toMatchObject({ status: 409, code: 'under-way' })
    const unreadable = world.root.call('invitePerson', { body, ...withKey('a b') }, never)
    expect(await caught(unreadable)).toMatchObject({ code: 'malformed' })
  })

  it('is begun anew where the control died that had begun it, by one of those who ask again', async () => {
    await using world = await openTwo()
    const ask = (client: typeof world.root) => client.call('invitePerson', { body, ...withKey('k') }, never)
    await ask(world.root)
    const [kept] = await world.stage.documents.list<{ readonly answer?: unknown }>(collection, {}, never)
    const { answer: _, ...left } = kept?.value ?? {}
    await world.stage.documents.put(collection, kept?.id ?? '', { expected: kept?.revision ?? 0, value: left }, never)
    await world.stage.pass(limits.answerLeaseMs - 1_000)
    expect(await caught(ask(world.root))).toMatchObject({ code: 'under-way' })
    await world.stage.pass(2_000)
    await Promise.all([caught(ask(world.root)), caught(ask(world.elsewhere))])
    expect(await ask(world.elsewhere)).toEqual(await ask(world.root))
    expect(await world.stage.documents.list('invitation', {}, never)).toHaveLength(2)
  })

  it('that failed may be tried again, and nobody else has its answer', async () => {
    await using world = await openTwo()
    const token = { name: 'ci', role: 'owner' as const, expiresInS: 60 }
    const eve = world.one.client(await addPerson(world.one, { name: 'eve', grants: [{ role: 'viewer' }] }))
    expect(await caught(eve.call('createToken', { body: token, ...withKey('k') }, never))).toMatchObject({
      status: 403,
    })
    expect(await world.stage.documents.list(collection, {}, never)).toEqual([])
    const own = await world.root.call('createToken', { body: token, ...withKey('k') }, never)
    const viewer = { ...token, role: 'viewer' as const }
    const others = await eve.call('createToken', { body: viewer, ...withKey('k') }, never)
    expect(others.secret).not.toBe(own.secret)
  })

  it('is forgotten after a day, and the oldest where there are too many', async () => {
    await using world = await openTwo()
    const write = (id: string, atMs: number) =>
      world.stage.documents.put(collection, id, { expected: 0, value: { digest: '', atMs } }, never)
    const nowMs = world.stage.clock.now()
    await write('old', nowMs - limits.operationMs - 1)
    for (let each = 0; each < limits.answersKept + 5; each += 1) await write(`k${each}`, nowMs - each)
    await forgetOldAnswers(world.one.control, never)
    const kept = await world.stage.documents.list(collection, {}, never)
    expect(kept).toHaveLength(limits.answersKept)
    expect(kept.map(({ id }) => id)).not.toContain('old')
    expect(kept.map(({ id }) => id)).not.toContain(`k${limits.answersKept + 4}`)
  })
})
