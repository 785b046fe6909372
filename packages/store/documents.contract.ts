import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Document, Documents } from './documents.ts'
import { ConflictError, StoreError } from './errors.ts'
import { keptRevisionsOf } from './kept-revisions.ts'

interface Setting {
  /** A store over which nobody else writes to the collections it is asked for. */
  readonly documents: Documents
  /** Ids are made unique by it, so that one store serves all tests. */
  readonly unique: (name: string) => string
  readonly writersAtOnce: number
  readonly propertyRuns: number
}

const live = (): AbortSignal => AbortSignal.timeout(30_000)
const revisionsOf = (documents: readonly Document[]): readonly number[] => documents.map(({ revision }) => revision)

/** What every Documents has to do, whatever it stands on. */
export const describeDocuments = (name: string, open: () => Setting): void => {
  describe(`documents in ${name}`, () => {
    describeReading(open)
    describeWriting(open)
    describeRaces(open)
    describeWatching(open)
  })
}

const describeReading = (open: () => Setting): void => {
  it('finds what was written, with all of its fields', async () => {
    const { documents, unique } = open()
    const id = unique('find')
    const value = { text: 'ä\u0000"', list: [1, null, { deep: true }], empty: {}, absent: undefined }
    const written = await documents.put('notes', id, { expected: 0, value }, live())
    const { absent: _, ...kept } = value
    expect(written).toEqual({ collection: 'notes', id, revision: 1, value: kept, writtenAtMs: expect.any(Number) })
    expect(await documents.find('notes', id, live())).toEqual(written)
  })

  it('finds nothing where nothing was written', async () => {
    const { documents, unique } = open()
    await documents.put('notes', unique('there'), { expected: 0, value: 1 }, live())
    expect(await documents.find('notes', unique('absent'), live())).toBeUndefined()
    expect(await documents.find('others', unique('there'), live())).toBeUndefined()
    expect(await documents.history('notes', unique('absent'), live())).toEqual([])
    expect(await documents.list('nothing', {}, live())).toEqual([])
  })

  it('lists the newest revision of each document by id, narrowed by how ids begin', async () => {
    const { documents, unique } = open()
    for (const id of ['list.b.2', 'list.b.1', 'list.a.1', 'list.ba.1']) {
      await documents.put('listed', unique(id), { expected: 0, value: id }, live())
    }
    await documents.put('listed', unique('list.b.2'), { expected: 1, value: 'newer' }, live())
    const all = await documents.list<string>('listed', { prefix: unique('list.') }, live())
    expect(all.map(({ value }) => value)).toEqual(['list.a.1', 'list.b.1', 'newer', 'list.ba.1'])
    const some = await documents.list<string>('listed', { prefix: unique('list.b.') }, live())
    expect(some.map(({ value }) => value)).toEqual(['list.b.1', 'newer'])
  })

  it('tells ids apart that are long, strange or much alike', async () => {
    const { documents, unique } = open()
    const long = 'an-environment-with-quite-a-long-name.production.'
    const ids = [`${long}1`, `${long}2`, `${long}11`, 'a/b', 'a_b', 'a b', 'ä', 'a.', '.a', 'A'].map(unique)
    for (const id of ids) await documents.put('strange', id, { expected: 0, value: id }, live())
    for (const id of ids) expect((await documents.find('strange', id, live()))?.value).toBe(id)
    const found = await documents.list<string>('strange', { prefix: unique(long) }, live())
    expect(found.map(({ value }) => value)).toEqual([`${long}1`, `${long}11`, `${long}2`].map(unique))
  })
}

const describeWriting = (open: () => Setting): void => {
  it('numbers revisions and keeps as many as were agreed on, newest first', async () => {
    const { documents, unique } = open()
    const id = unique('history')
    const kept = keptRevisionsOf('notes')
    for (let expected = 0; expected < kept + 3; expected++) {
      await documents.put('notes', id, { expected, value: { number: expected + 1 } }, live())
    }
    const history = await documents.history<{ number: number }>('notes', id, live())
    expect(revisionsOf(history)).toEqual(Array.from({ length: kept }, (_, index) => kept + 3 - index))
    expect(history.every(({ revision, value }) => value.number === revision)).toBe(true)
  })

  it.each([
    ['a document that exists', 0],
    ['an older revision', 1],
    ['a revision still to come', 3],
  ])('refuses to write over %s', async (_, expected) => {
    const { documents, unique } = open()
    const id = unique(`conflict-${expected}`)
    await documents.put('notes', id, { expected: 0, value: 'first' }, live())
    await documents.put('notes', id, { expected: 1, value: 'second' }, live())
    const late = documents.put('notes', id, { expected, value: 'late' }, live())
    await expect(late).rejects.toBeInstanceOf(ConflictError)
    await expect(late).rejects.toMatchObject({ code: 'conflict', retry: false })
    expect(await documents.find('notes', id, live())).toMatchObject({ revision: 2, value: 'second' })
  })

  it('refuses a writer that slept through so many revisions that its own is free again', async () => {
    const { documents, unique } = open()
    const id = unique('slept')
    const kept = keptRevisionsOf('notes')
    for (let expected = 0; expected < kept + 2; expected++) {
      await documents.put('notes', id, { expected, value: expected + 1 }, live())
    }
    for (const expected of [0, 1]) {
      const late = documents.put('notes', id, { expected, value: 'late' }, live())
      await expect(late).rejects.toMatchObject({ code: 'conflict' })
    }
    expect((await documents.find('notes', id, live()))?.revision).toBe(kept + 2)
    expect(revisionsOf(await documents.history('notes', id, live()))).not.toContain(1)
  })

  it('removes all revisions, and what is not there without a word; then counts from 1', async () => {
    const { documents, unique } = open()
    const id = unique('removed')
    await documents.put('notes', id, { expected: 0, value: 1 }, live())
    await documents.put('notes', id, { expected: 1, value: 2 }, live())
    await documents.put('notes', unique('neighbour'), { expected: 0, value: 'stays' }, live())
    await documents.remove('notes', id, live())
    await documents.remove('notes', id, live())
    expect(await documents.history('notes', id, live())).toEqual([])
    expect(await documents.find('notes', unique('neighbour'), live())).toMatchObject({ value: 'stays' })
    await expect(documents.put('notes', id, { expected: 2, value: 3 }, live())).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await documents.put('notes', id, { expected: 0, value: 4 }, live())).toMatchObject({ revision: 1 })
  })

  it('keeps what is larger than one object of the engine', async () => {
    const { documents, unique } = open()
    const id = unique('large')
    const noise = (seed: number): string =>
      Array.from({ length: 150_000 }, (_, index) => ((seed + index) * 2_654_435_761) % 4_294_967_296).join()
    await documents.put('notes', id, { expected: 0, value: noise(1) }, live())
    await documents.put('notes', id, { expected: 1, value: noise(2) }, live())
    expect((await documents.find('notes', id, live()))?.value).toBe(noise(2))
    expect((await documents.history('notes', id, live())).map(({ value }) => value)).toEqual([noise(2), noise(1)])
    await documents.remove('notes', id, live())
    expect(await documents.find('notes', id, live())).toBeUndefined()
  })

  it.each([
    ['bytes', new Uint8Array([1])],
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['no number', Number.NaN],
    ['a function', () => 1],
    ['a hole', [undefined]],
    ['a big integer', 1n],
    ['nothing', undefined],
  ])('refuses %s', async (_, value) => {
    const { documents, unique } = open()
    const id = unique('not-json')
    for (const wrapped of value === undefined ? [value] : [value, { inner: [value] }]) {
      const written = documents.put('notes', id, { expected: 0, value: wrapped }, live())
      await expect(written).rejects.toMatchObject({ code: 'not-json', retry: false })
    }
    expect(await documents.find('notes', id, live())).toBeUndefined()
  })

  it('does nothing once its signal has come', async () => {
    const { documents, unique } = open()
    const id = unique('aborted')
    const gone = AbortSignal.abort()
    await expect(documents.put('notes', id, { expected: 0, value: 1 }, gone)).rejects.toBeInstanceOf(StoreError)
    await expect(documents.find('notes', id, gone)).rejects.toMatchObject({ retry: false })
    expect(await documents.find('notes', id, live())).toBeUndefined()
  })
}

const describeRaces = (open: () => Setting): void => {
  it('lets exactly one of several writers of one revision through', async () => {
    const { documents, unique, writersAtOnce } = open()
    const id = unique('race')
    const writers = Array.from({ length: writersAtOnce }, (_, writer) => writer)
    for (let expected = 0; expected < 3; expected++) {
      const results = await Promise.allSettled(
        writers.map((writer) => documents.put('notes', id, { expected, value: { writer } }, live())),
      )
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      expect(won).toHaveLength(1)
      expect(results.every(({ status, ...rest }) => status === 'fulfilled' || isConflict(rest))).toBe(true)
      expect(await documents.find('notes', id, live())).toEqual(won[0])
    }
  })

  it('loses no acknowledged write when writers read, add and write as they like', async () => {
    const { documents, unique, propertyRuns } = open()
    let run = 0
    const plan = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(plan, async (writesPerWriter) => {
        const id = unique(`sum-${++run}`)
        const writers = writesPerWriter.map((writes, writer) => addMarks(documents, id, { writer, writes }))
        const acknowledged = (await Promise.all(writers)).flat()
        const final = await documents.find<readonly string[]>('notes', id, live())
        expect(final?.value.toSorted()).toEqual(acknowledged.toSorted())
        expect(final?.revision).toBe(acknowledged.length)
      }),
      { numRuns: propertyRuns },
    )
  })
}

/** A writer like a controller: reads, adds its mark, writes; begins again when somebody was faster. */
const addMarks = async (
  documents: Documents,
  id: string,
  { writer, writes }: { writer: number; writes: number },
): Promise<readonly string[]> => {
  const marks: string[] = []
  for (let attempts = 0; marks.length < writes && attempts < 200; attempts++) {
    const found = await documents.find<readonly string[]>('notes', id, live())
    const mark = `${writer}.${marks.length}`
    const write = { expected: found?.revision ?? 0, value: [...(found?.value ?? []), mark] }
    try {
      await documents.put('notes', id, write, live())
      marks.push(mark)
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
  return marks
}

const isConflict = (result: object): boolean => 'reason' in result && result.reason instanceof ConflictError

const describeWatching = (open: () => Setting): void => {
  it('shows the present revision, then newer ones, until its signal comes', async () => {
    const { documents, unique } = open()
    const id = unique('watched')
    const stop = new AbortController()
    await documents.put('notes', id, { expected: 0, value: 'a' }, live())
    const seen: unknown[] = []
    for await (const { revision, value } of documents.watch('notes', id, stop.signal)) {
      seen.push(value)
      if (revision < 3) await documents.put('notes', id, { expected: revision, value: `${value as string}a` }, live())
      else stop.abort()
    }
    expect(seen).toEqual(['a', 'aa', 'aaa'])
  })

  it('waits for a document that is not there yet, and for one that is written anew', async () => {
    const { documents, unique } = open()
    const id = unique('awaited')
    const watched = documents.watch('notes', id, live())[Symbol.asyncIterator]()
    const first = watched.next()
    await documents.put('notes', unique('another'), { expected: 0, value: 'not this one' }, live())
    await documents.put('notes', id, { expected: 0, value: 'there' }, live())
    expect((await first).value).toMatchObject({ revision: 1, value: 'there' })
    const second = watched.next()
    await documents.remove('notes', id, live())
    await documents.put('notes', id, { expected: 0, value: 'again' }, live())
    expect((await second).value).toMatchObject({ revision: 1, value: 'again' })
    await watched.return?.()
  })

  it('ends when its signal comes while nothing happens', async () => {
    const { documents, unique } = open()
    const stop = new AbortController()
    const next = documents.watch('notes', unique('silent'), stop.signal)[Symbol.asyncIterator]().next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
}
