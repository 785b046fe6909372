import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import { keptRevisionsOf } from '../kept-revisions.ts'
import { createCompaction } from './compaction.ts'
import { FakeConfigsError, createFakeConfigs } from './fake-configs.ts'
import type { FakeConfigs } from './fake-configs.ts'
import { createSwarmDocuments } from './swarm-documents.ts'

const HOUR_MS = 60 * 60_000
const live = (): AbortSignal => AbortSignal.timeout(30_000)
/** Has one part. */
const large = randomBytes(500_000).toString('base64')

const partsOf = (api: FakeConfigs) =>
  [...api.stored.values()].filter(({ labels }) => labels['atoll.document'] === 'part')

/** A cluster in which a writer was killed before its head. */
const openWithOrphan = async (clock: { now(): number }, isTold: boolean) => {
  let creates = 0
  const kill = async (call: string) => {
    if (call === 'create' && ++creates === 2) throw new FakeConfigsError('unreachable', true)
  }
  const api = createFakeConfigs(kill, isTold ? clock : undefined)
  const documents = createSwarmDocuments({ api, clock })
  await documents.put('notes', 'a', { expected: 0, value: large }, live()).catch(() => undefined)
  expect(partsOf(api)).toHaveLength(1)
  return { api, documents, compaction: createCompaction({ api, clock }) }
}

describe('compaction', () => {
  it.each([
    ['was made an hour ago', true],
    ['was first seen an hour ago, when the engine does not tell', false],
  ])('removes a part without a head that %s, and not before', async (_, isTold) => {
    let nowMs = 0
    const { api, compaction } = await openWithOrphan({ now: () => nowMs }, isTold)
    expect(await compaction.compact(live())).toMatchObject({ removedParts: 0, isDone: true })
    nowMs = HOUR_MS - 1
    await compaction.compact(live())
    expect(partsOf(api)).toHaveLength(1)
    nowMs = HOUR_MS
    expect(await compaction.compact(live())).toEqual({ removedRevisions: 0, removedParts: 1, isDone: true })
    expect(api.stored.size).toBe(0)
    expect(await compaction.compact(live())).toEqual({ removedRevisions: 0, removedParts: 0, isDone: true })
  })

  it('leaves what has a head, and what is none of ours', async () => {
    let nowMs = 0
    const { api, documents, compaction } = await openWithOrphan({ now: () => nowMs }, true)
    await documents.put('notes', 'b', { expected: 0, value: large }, live())
    await api.create({ name: 'theirs', labels: {}, data: new Uint8Array() }, live())
    await api.create({ name: 'atoll-part.x', labels: { 'atoll.document': 'part' }, data: new Uint8Array() }, live())
    nowMs = 2 * HOUR_MS
    await compaction.compact(live())
    expect((await documents.find('notes', 'b', live()))?.value).toBe(large)
    const names = [...api.stored.values()].map(({ name }) => name)
    expect(names).toEqual([expect.stringMatching(/^atoll-part\..*\.0$/), 'atoll.notes.b.1', 'theirs', 'atoll-part.x'])
  })

  it('trims what writers could not, in runs of so many', async () => {
    let isBroken = true
    const api = createFakeConfigs(async (call) => {
      if (isBroken && call === 'remove') throw new FakeConfigsError('no-quorum', true)
    })
    const clock = { now: () => 0 }
    const documents = createSwarmDocuments({ api, clock })
    const kept = keptRevisionsOf('release')
    for (let expected = 0; expected < kept + 5; expected++) {
      await documents.put('release', 'a', { expected, value: expected + 1 }, live())
    }
    const compaction = createCompaction({ api, clock, maxRemovals: 3 })
    await expect(compaction.compact(live())).rejects.toMatchObject({ code: 'no-quorum', retry: true })
    isBroken = false
    expect(await compaction.compact(live())).toEqual({ removedRevisions: 3, removedParts: 0, isDone: false })
    expect(await compaction.compact(live())).toEqual({ removedRevisions: 2, removedParts: 0, isDone: true })
    expect((await documents.history('release', 'a', live())).map(({ value }) => value)).toEqual([kept + 5, kept + 4])
  })
})

/** Documents whose second part or head is created when the alarm rings. */
const openLateWriter = () => {
  const alarm = Promise.withResolvers<void>()
  let creates = 0
  const api = createFakeConfigs()
  const create: typeof api.create = async (config, signal) => {
    if (++creates === 2) await alarm.promise
    return api.create(config, signal)
  }
  const clock = { now: () => 0 }
  return { api, clock, alarm, documents: createSwarmDocuments({ api: { ...api, create }, clock }) }
}

describe('compaction beside writers', () => {
  it('is told of by a writer that comes back an hour too late, which leaves nothing behind', async () => {
    const { api, clock, documents, alarm } = openLateWriter()
    const late = documents.put('notes', 'a', { expected: 0, value: large }, live()).catch((error: unknown) => error)
    await vi.waitFor(() => expect(partsOf(api)).toHaveLength(1))
    await createCompaction({ api, clock, orphanAgeMs: 0 }).compact(live())
    expect(api.stored.size).toBe(0)
    alarm.resolve()
    expect(await late).toMatchObject({ name: 'StoreError', code: 'timeout', retry: true })
    expect(api.stored.size).toBe(0)
    await documents.put('notes', 'a', { expected: 0, value: large }, live())
    expect((await documents.find('notes', 'a', live()))?.value).toBe(large)
  })

  it.each([
    ['before the mark: the parts stay', 'create', true],
    ['after the last look: the writer is told', 'remove', false],
  ])('sees a head that is made %s', async (_, callOfCompaction, isPromised) => {
    const { api, clock, documents, alarm } = openLateWriter()
    const late = documents.put<unknown>('notes', 'a', { expected: 0, value: large }, live()).catch(ignoreStoreError)
    await vi.waitFor(() => expect(partsOf(api)).toHaveLength(1))
    const letIn = async (): Promise<void> => {
      alarm.resolve()
      await late
    }
    const slow: typeof api = {
      ...api,
      create: async (config, signal) => {
        if (callOfCompaction === 'create') await letIn()
        return api.create(config, signal)
      },
      remove: async (id, signal) => {
        if (callOfCompaction === 'remove') await letIn()
        return api.remove(id, signal)
      },
    }
    await createCompaction({ api: slow, clock, orphanAgeMs: 0 }).compact(live())
    expect((await late)?.value === large).toBe(isPromised)
    expect((await documents.find('notes', 'a', live()))?.value === large).toBe(isPromised)
    expect(api.stored.size).toBe(isPromised ? 2 : 0)
  })

  it('removes the mark of a compaction that was killed, once it is old', async () => {
    let nowMs = 0
    const { api, compaction } = await openWithOrphan({ now: () => nowMs }, true)
    nowMs = HOUR_MS
    const killed = createCompaction({
      api: { ...api, remove: () => Promise.reject(new FakeConfigsError('unreachable', true)) },
      clock: { now: () => nowMs },
    })
    await expect(killed.compact(live())).rejects.toMatchObject({ code: 'unreachable' })
    expect(api.stored.size).toBe(2)
    for (nowMs of [HOUR_MS + 1, 2 * HOUR_MS]) await compaction.compact(live())
    expect(api.stored.size).toBe(0)
  })

  it('costs no acknowledged write, though it takes away what no head stands by yet, and leaves nothing over', async () => {
    const writes = fc.array(fc.record({ isLarge: fc.boolean(), diesAt: fc.option(fc.integer({ min: 1, max: 9 })) }), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), writes, fc.integer({ min: 1, max: 3 }), async (scheduler, writes, runs) => {
        const api = createFakeConfigs((call) => scheduler.schedule(Promise.resolve(), call))
        const clock = { now: () => 0 }
        const acknowledged: (Document | undefined)[] = []
        const writers = writes.map(async ({ isLarge, diesAt }, writer) => {
          let calls = 0
          const die = async () => {
            if (++calls === diesAt) throw new FakeConfigsError('unreachable', true)
          }
          const create: typeof api.create = async (config, signal) => {
            await die()
            return api.create(config, signal)
          }
          const documents = createSwarmDocuments({ api: { ...api, create }, clock })
          for (let expected = 0; expected < 3; expected++) {
            const value = isLarge ? [writer, large] : [writer]
            const written = documents.put<unknown>('release', 'a', { expected, value }, live())
            acknowledged.push(await written.catch(ignoreStoreError))
          }
        })
        // Older than not at all: as if every writer slept for an hour between its part and its head.
        const compaction = createCompaction({ api, clock, orphanAgeMs: 0 })
        const compacting = async (): Promise<void> => {
          for (let run = 0; run < runs; run++) await compaction.compact(live())
        }
        await scheduler.waitFor(Promise.all([...writers, compacting()]))
        await scheduler.waitFor(compaction.compact(live()))
        const documents = createSwarmDocuments({ api, clock })
        const history = await scheduler.waitFor(documents.history('release', 'a', live()))
        const floor = (history[0]?.revision ?? 0) - keptRevisionsOf('release')
        const promised = acknowledged.flatMap((written) => written ?? [])
        expect(history.filter(({ revision }) => revision <= floor)).toEqual([])
        expect(history).toEqual(expect.arrayContaining(promised.filter(({ revision }) => revision > floor)))
        expect(partsOf(api)).toHaveLength(history.filter(({ value }) => (value as unknown[]).length === 2).length)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

const ignoreStoreError = (error: unknown): undefined => {
  if (!(error instanceof StoreError)) throw error
}
