import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Documents } from '../documents.ts'
import type { ConfigsApi } from '../swarm/configs-api.ts'
import { FakeConfigsError, createFakeConfigs } from '../swarm/fake-configs.ts'
import { createSwarmDocuments } from '../swarm/swarm-documents.ts'
import { openReplica } from './replica.ts'
import type { Replica } from './replica.ts'

const live = (): AbortSignal => AbortSignal.timeout(30_000)

let nowMs: number
let failure: FakeConfigsError | undefined
let calls: string[]
let api: ConfigsApi
let documents: Documents
let replica: Replica

const clock = { now: () => nowMs }

beforeEach(async () => {
  nowMs = 1_000_000
  failure = undefined
  calls = []
  api = createFakeConfigs(async (call) => {
    calls.push(call)
    if (failure !== undefined) throw failure
  })
  documents = createSwarmDocuments({ api, clock })
  await put('a', 0, 'first')
  replica = openReplica({ api, clock, limits: { retryMs: 1 } })
  await replica.refresh(live())
})

afterEach(() => replica[Symbol.asyncDispose]())

const put = (id: string, expected: number, value: unknown) => documents.put('notes', id, { expected, value }, live())
const valueOf = (id: string) => replica.find('notes', id)?.value

describe('a copy', () => {
  it('has what was there, and what is written later without being asked', async () => {
    expect(replica.find('notes', 'a')).toEqual(await documents.find('notes', 'a', live()))
    await put('a', 1, 'second')
    await put('b', 0, 'other')
    await vi.waitFor(() => expect([valueOf('a'), valueOf('b')]).toEqual(['second', 'other']))
    await documents.remove('notes', 'a', live())
    await vi.waitFor(() => expect(replica.find('notes', 'a')).toBeUndefined())
  })

  it('lists by id and prefix as the documents do', async () => {
    for (const id of ['list.b.2', 'list.b.1', 'list.a.1', 'list.ba.1', 'ä', 'a/b']) await put(id, 0, id)
    await replica.refresh(live())
    for (const prefix of ['', 'list.', 'list.b.', 'list.c', 'ä', 'zzz']) {
      expect(replica.list('notes', { prefix })).toEqual(await documents.list('notes', { prefix }, live()))
    }
    expect(replica.list('others')).toEqual([])
  })

  it('has documents of several parts, and tells apart those whose names begin alike', async () => {
    const large = Array.from({ length: 200_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296)
    await put('a.1', 0, large)
    await put('a.1.1', 0, 'longer')
    await documents.remove('notes', 'a', live())
    await vi.waitFor(() => expect(replica.list('notes').map(({ value }) => value)).toEqual([large, 'longer']))
  })

  it('keeps only the collections it was opened for', async () => {
    await documents.put('others', 'x', { expected: 0, value: 1 }, live())
    await using narrow = openReplica({ api, clock, collections: ['others'] })
    await narrow.refresh(live())
    expect(narrow.list('others')).toHaveLength(1)
    expect(() => narrow.find('notes', 'a')).toThrow('bug: notes')
  })

  it('cannot be changed by who reads it', () => {
    const { value } = replica.find<string[]>('notes', 'a') ?? {}
    expect(Object.isFrozen(replica.find('notes', 'a'))).toBe(true)
    expect(value).toBe('first')
  })

  it('says which document it cannot read, and has all others', async () => {
    const labels = {
      'atoll.document': 'head',
      'atoll.document.collection': 'notes',
      'atoll.document.id': 'damaged',
      'atoll.document.revision': '1',
    }
    await api.create({ name: 'atoll.notes.damaged.1', labels, data: Buffer.from('no gzip') }, live())
    await replica.refresh(live())
    expect(() => replica.find('notes', 'damaged')).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(valueOf('a')).toBe('first')
    expect(replica.ageMs()).toBe(0)
  })

  it('opens with a list of everything only what it does not have', async () => {
    const large = Array.from({ length: 200_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296)
    await put('large', 0, large)
    await replica.refresh(live())
    calls = []
    await replica.refresh(live())
    // One list of heads: the parts of the large one were not asked for again.
    expect(calls.filter((call) => call === 'list')).toHaveLength(1)
  })
})

describe('the age of a copy', () => {
  it('grows while the engine is away, with the reason, and is small again afterwards', async () => {
    failure = new FakeConfigsError('no-quorum', true)
    nowMs += 60_000
    await expect(replica.refresh(live())).rejects.toMatchObject({ code: 'no-quorum', retry: true })
    expect(replica.ageMs()).toBe(60_000)
    expect(replica.problem()).toMatchObject({ code: 'no-quorum' })
    expect(valueOf('a')).toBe('first')
    failure = undefined
    await replica.refresh(live())
    expect(replica.ageMs()).toBe(0)
    expect(replica.problem()).toBeUndefined()
  })

  it("is that of the leader's last answer while events come without a break", async () => {
    nowMs += 1_500
    await replica.refresh(live())
    nowMs += 10_000
    calls = []
    // Any event wakes it, and then it is time to probe.
    await put('b', 0, 'wakes')
    await vi.waitFor(() => expect(replica.ageMs()).toBe(0))
    expect(valueOf('b')).toBe('wakes')
  })

  it('is endless before the first list', async () => {
    failure = new FakeConfigsError('unreachable', true)
    await using empty = openReplica({ api, clock })
    expect(empty.ageMs()).toBe(Infinity)
    const reading = empty.read('notes', 'a', { maxAgeMs: 1_000, waitMs: 5 }, live())
    await expect(reading).rejects.toMatchObject({ code: 'unreachable', retry: true })
  })

  it('grows when there is more than the copy may hold', async () => {
    await using small = openReplica({ api, clock, limits: { maxDocuments: 1, retryMs: 1, listEveryMs: 1 } })
    await small.refresh(live())
    await put('b', 0, 'too much')
    await vi.waitFor(() => expect(small.problem()).toMatchObject({ code: 'too-large' }))
    expect(small.list('notes')).toHaveLength(1)
  })
})

describe('a read', () => {
  it('is from the copy when that is fresh enough, without a call', async () => {
    nowMs += 900
    calls = []
    const reading = await replica.read('notes', 'a', { maxAgeMs: 1_000 }, live())
    expect(reading).toEqual({ document: replica.find('notes', 'a'), ageMs: 900, isStale: false })
    expect(calls).toEqual([])
  })

  it('is of the engine when the copy is too old', async () => {
    await put('a', 1, 'second')
    nowMs += 5_000
    const reading = await replica.read('notes', 'a', { maxAgeMs: 1_000 }, live())
    expect(reading).toMatchObject({ document: { revision: 2, value: 'second' }, isStale: false })
    expect(await replica.read('notes', 'none', { maxAgeMs: -1 }, live())).toMatchObject({ document: undefined })
  })

  it('is from the copy, marked stale, when the engine does not answer', async () => {
    failure = new FakeConfigsError('no-quorum', true)
    nowMs += 5_000
    const reading = await replica.read('notes', 'a', { maxAgeMs: 1_000, waitMs: 50 }, live())
    expect(reading).toMatchObject({ document: { value: 'first' }, ageMs: 5_000, isStale: true })
  })

  it('waits no longer than its signal', async () => {
    nowMs += 5_000
    expect(await replica.read('notes', 'a', { maxAgeMs: 0 }, AbortSignal.abort())).toMatchObject({ isStale: true })
  })
})

describe('a watch', () => {
  it('shows what is there, then what is written and removed, until its signal comes', async () => {
    const stop = new AbortController()
    const watched = replica.watch({ collection: 'notes' }, stop.signal)[Symbol.asyncIterator]()
    expect((await watched.next()).value).toMatchObject({ kind: 'written', document: { value: 'first' } })
    await put('a', 1, 'second')
    expect((await watched.next()).value).toMatchObject({ kind: 'written', document: { value: 'second' } })
    await documents.remove('notes', 'a', live())
    expect((await watched.next()).value).toEqual({ kind: 'removed', collection: 'notes', id: 'a' })
    const last = watched.next()
    stop.abort()
    expect(await last).toEqual({ done: true, value: undefined })
  })

  it('shows a slow reader only the newest, and nothing of what came and went', async () => {
    const watched = replica.watch({ prefix: 'a' }, live())[Symbol.asyncIterator]()
    await watched.next()
    for (let expected = 1; expected < 30; expected++) await put('a', expected, expected + 1)
    for (let number = 0; number < 30; number++) {
      await put(`a.${number}`, 0, 'short')
      await replica.refresh(live())
      await documents.remove('notes', `a.${number}`, live())
    }
    await put('not asked for', 0, 1)
    await put('a.last', 0, 'there')
    await replica.refresh(live())
    expect((await watched.next()).value).toMatchObject({ document: { revision: 30 } })
    expect((await watched.next()).value).toMatchObject({ document: { id: 'a.last' } })
    await watched.return?.()
  })

  it('ends when the replica is disposed', async () => {
    const watched = replica.watch({ collection: 'none' }, live())[Symbol.asyncIterator]()
    const next = watched.next()
    await replica[Symbol.asyncDispose]()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
