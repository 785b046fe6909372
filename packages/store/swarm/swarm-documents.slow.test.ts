import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeDocuments } from '../documents.contract.ts'
import type { Documents } from '../documents.ts'
import { ConflictError } from '../errors.ts'
import { keptRevisionsOf } from '../kept-revisions.ts'
import { FakeConfigsError, createFakeConfigs } from './fake-configs.ts'
import { createSwarmDocuments } from './swarm-documents.ts'

const clock = { now: () => Date.now() }
const live = (): AbortSignal => AbortSignal.timeout(30_000)
const shared = createSwarmDocuments({ api: createFakeConfigs(() => Promise.resolve()), clock })

describeDocuments('configs of a fake Swarm', () => ({
  documents: shared,
  unique: (name) => name,
  writersAtOnce: 10,
  propertyRuns: 30,
}))

describe('what lies in the cluster', () => {
  it('is a config of the agreed name, with labels to list by and gzip JSON that says its format', async () => {
    const api = createFakeConfigs()
    const documents = createSwarmDocuments({ api, clock: { now: () => 7 } })
    await documents.put('release', 'shop.production.3', { expected: 0, value: { number: 3 } }, live())
    const [config] = [...api.stored.values()]
    expect(config?.name).toBe('atoll.release.shop.production.3.1')
    expect(config?.labels).toEqual({
      'atoll.document': 'head',
      'atoll.document.collection': 'release',
      'atoll.document.id': 'shop.production.3',
      'atoll.document.revision': '1',
    })
    expect(JSON.parse(gunzipSync(config?.data ?? '').toString())).toEqual({
      format: 1,
      collection: 'release',
      id: 'shop.production.3',
      revision: 1,
      writtenAtMs: 7,
      value: { number: 3 },
    })
  })

  it('is gone, parts and all, once the document is removed or trimmed', async () => {
    const api = createFakeConfigs()
    const documents = createSwarmDocuments({ api, clock })
    const kept = keptRevisionsOf('release')
    const large = Array.from({ length: 200_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296)
    for (let expected = 0; expected < kept + 2; expected++) {
      await documents.put('release', 'a', { expected, value: [...large, expected] }, live())
    }
    const [heads, parts] = ['head', 'part'].map((kind) =>
      [...api.stored.values()].filter(({ labels }) => labels['atoll.document'] === kind),
    )
    const tokens = heads?.map(({ labels }) => labels['atoll.document.parts'])
    expect(tokens).toHaveLength(kept)
    expect(new Set(parts?.map(({ labels }) => labels['atoll.document.parts']))).toEqual(new Set(tokens))
    await documents.remove('release', 'a', live())
    expect(api.stored.size).toBe(0)
  })

  it('is trimmed without the parts another writer has just made for the same revision', async () => {
    const api = createFakeConfigs()
    const documents = createSwarmDocuments({ api, clock })
    const about = { collection: 'release', id: 'a', revision: '1', parts: 'other' }
    const labels = Object.fromEntries(Object.entries(about).map(([key, value]) => [`atoll.document.${key}`, value]))
    const part = { name: 'atoll-part.other.0', labels: { 'atoll.document': 'part', ...labels }, data: Buffer.from('x') }
    await api.create(part, live())
    const large = Array.from({ length: 200_000 }, (_, index) => (index * 2_654_435_761) % 4_294_967_296)
    for (let expected = 0; expected <= keptRevisionsOf('release'); expected++) {
      await documents.put('release', 'a', { expected, value: expected === 0 ? large : expected }, live())
    }
    const left = [...api.stored.values()].filter((config) => config.labels['atoll.document'] === 'part')
    expect(left.map(({ name }) => name)).toEqual([part.name])
  })

  it('keeps no parts of a writer that lost', async () => {
    const api = createFakeConfigs(() => Promise.resolve())
    const documents = createSwarmDocuments({ api, clock })
    const large = (seed: number) =>
      Array.from({ length: 200_000 }, (_, index) => ((index + seed) * 2_654_435_761) % 2 ** 32)
    const writes = [1, 2, 3].map((seed) => documents.put('notes', 'a', { expected: 0, value: large(seed) }, live()))
    const results = await Promise.allSettled(writes)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const tokens = new Set([...api.stored.values()].map(({ labels }) => labels['atoll.document.parts']))
    expect(tokens.size).toBe(1)
  })

  it('is refused when it is too large, nothing written', async () => {
    const api = createFakeConfigs()
    const documents = createSwarmDocuments({ api, clock })
    const value = 'x'.repeat(40 * 1024 * 1024)
    const written = documents.put('notes', 'a', { expected: 0, value }, live())
    await expect(written).rejects.toMatchObject({ code: 'too-large', retry: false })
    expect(api.stored.size).toBe(0)
  })

  it('is not written over when it is of a newer Atoll or damaged, and said which config it is', async () => {
    const api = createFakeConfigs()
    const documents = createSwarmDocuments({ api, clock })
    const labels = { 'atoll.document': 'head', 'atoll.document.collection': 'notes', 'atoll.document.revision': '1' }
    const plant = (id: string, data: Uint8Array) =>
      api.create({ name: `atoll.notes.${id}.1`, labels: { ...labels, 'atoll.document.id': id }, data }, live())
    await plant('newer', gzipSync(JSON.stringify({ format: 2 })))
    await plant('damaged', Buffer.from('no gzip'))
    await plant('other', gzipSync('{"format":1}'))
    await expect(documents.find('notes', 'newer', live())).rejects.toMatchObject({ code: 'newer-format' })
    for (const id of ['damaged', 'other']) {
      const found = documents.find('notes', id, live())
      await expect(found).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining(`atoll.notes.${id}.1`),
      })
    }
  })
})

describe('when the engine fails', () => {
  it.each([
    ['no-quorum', true],
    ['unreachable', true],
    ['timeout', true],
  ])('says %s, and that it may pass', async (code, retry) => {
    const api = createFakeConfigs(() => Promise.reject(new FakeConfigsError(code, retry)))
    const documents = createSwarmDocuments({ api, clock })
    const failure = { name: 'StoreError', code, retry, cause: { code }, message: expect.stringContaining('notes a') }
    await expect(documents.find('notes', 'a', live())).rejects.toMatchObject(failure)
    await expect(documents.put('notes', 'a', { expected: 0, value: 1 }, live())).rejects.toMatchObject(failure)
  })

  it('says of anything else that it was refused', async () => {
    const api = createFakeConfigs(() => Promise.reject(new FakeConfigsError('whatever')))
    const found = createSwarmDocuments({ api, clock }).find('notes', 'a', live())
    await expect(found).rejects.toMatchObject({ name: 'StoreError', code: 'refused', retry: false })
  })

  it('acknowledges a write although old revisions could not be removed, and removes them with the next', async () => {
    let isBroken = false
    const api = createFakeConfigs((call) =>
      isBroken && call === 'remove' ? Promise.reject(new FakeConfigsError('no-quorum', true)) : Promise.resolve(),
    )
    const documents = createSwarmDocuments({ api, clock })
    const kept = keptRevisionsOf('notes')
    const sizes: number[] = []
    for (let expected = 0; expected < kept + 3; expected++) {
      isBroken = expected >= kept && expected < kept + 2
      await documents.put('notes', 'a', { expected, value: expected }, live())
      sizes.push(api.stored.size)
    }
    expect(sizes.slice(-4)).toEqual([kept, kept + 1, kept + 2, kept])
  })

  it('stops watching when asking again would be of no use', async () => {
    const api = createFakeConfigs((call) =>
      call === 'list' ? Promise.reject(new FakeConfigsError('refused')) : Promise.resolve(),
    )
    const watched = createSwarmDocuments({ api, clock }).watch('notes', 'a', live())[Symbol.asyncIterator]()
    await expect(watched.next()).rejects.toMatchObject({ code: 'refused' })
  })

  it('watches on through an outage', async () => {
    let isDown = true
    const api = createFakeConfigs((call) =>
      isDown && call === 'list' ? Promise.reject(new FakeConfigsError('no-quorum', true)) : Promise.resolve(),
    )
    const documents = createSwarmDocuments({ api, clock })
    const watched = documents.watch('notes', 'a', live())[Symbol.asyncIterator]()
    const next = watched.next()
    isDown = false
    await documents.put('notes', 'a', { expected: 0, value: 'there' }, live())
    expect((await next).value).toMatchObject({ value: 'there' })
    await watched.return?.()
  })
})

describe('a writer that sleeps between its look and its write', () => {
  const sleepWhile = async (meanwhile: (documents: Documents) => Promise<void>) => {
    const alarm = Promise.withResolvers<void>()
    const creates = { count: 0 }
    const api = createFakeConfigs(async (call) => {
      if (call === 'create' && ++creates.count === 2) await alarm.promise
    })
    const documents = createSwarmDocuments({ api, clock })
    await documents.put('release', 'a', { expected: 0, value: 'first' }, live())
    const late = documents.put('release', 'a', { expected: 1, value: 'late' }, live()).catch((error: unknown) => error)
    await meanwhile(documents)
    alarm.resolve()
    const outcome = await late
    return { outcome, revisions: await documents.history('release', 'a', live()) }
  }

  it('has a conflict although its name is free again, and leaves nothing', async () => {
    const { outcome, revisions } = await sleepWhile(async (documents) => {
      for (let expected = 1; expected < 5; expected++) {
        await documents.put('release', 'a', { expected, value: expected + 1 }, live())
      }
    })
    expect(outcome).toBeInstanceOf(ConflictError)
    expect(revisions.map(({ value }) => value)).toEqual([5, 4])
  })

  it('has a conflict when the document was removed meanwhile, and does not bring it back', async () => {
    const { outcome, revisions } = await sleepWhile((documents) => documents.remove('release', 'a', live()))
    expect(outcome).toBeInstanceOf(ConflictError)
    expect(revisions).toEqual([])
  })

  it('writes when nobody else did', async () => {
    const { outcome, revisions } = await sleepWhile(async () => undefined)
    expect(outcome).toMatchObject({ revision: 2, value: 'late' })
    expect(revisions.map(({ value }) => value)).toEqual(['late', 'first'])
  })
})

describe('writers in any order of events', () => {
  it.each([
    ['notes', 'all of history is kept'],
    ['release', 'history is trimmed under their feet'],
  ])('lets one write each revision of %s and loses none that it promised: %s', async (collection) => {
    // Each writer tries revision after revision, like one that does not know of the others.
    const plans = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plans, async (scheduler, lastRevisions) => {
        const api = createFakeConfigs((call) => scheduler.schedule(Promise.resolve(), call))
        const documents = createSwarmDocuments({ api, clock })
        const acknowledged: number[] = []
        const write = async (expected: number): Promise<void> => {
          try {
            acknowledged.push((await documents.put(collection, 'a', { expected, value: expected }, live())).revision)
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error
          }
        }
        const writers = lastRevisions.map(async (last) => {
          for (let expected = 0; expected < last; expected++) await write(expected)
        })
        await scheduler.waitFor(Promise.all(writers))
        const kept = keptRevisionsOf(collection)
        const history = await scheduler.waitFor(documents.history(collection, 'a', live()))
        const newest = history[0]?.revision ?? 0
        expect(new Set(acknowledged).size).toBe(acknowledged.length)
        expect(Math.max(...acknowledged)).toBe(newest)
        // Only of a revision that was trimmed before its writer looked again nothing is promised.
        expect(acknowledged.length).toBeGreaterThanOrEqual(Math.min(newest, kept))
        expect(history.map(({ revision }) => revision).slice(0, kept)).toEqual(
          Array.from({ length: Math.min(newest, kept) }, (_, index) => newest - index),
        )
      }),
      { numRuns: 200 },
    )
  })
})
