import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Documents } from '../documents.ts'
import { keptRevisionsOf } from '../kept-revisions.ts'
import { createMemoryDocuments } from '../memory/memory-documents.ts'
import { createSwarmDocuments } from '../swarm/swarm-documents.ts'
import { checkHistory } from './check-history.ts'
import type { Operation, Violation } from './check-history.ts'
import { FakeConfigsError, createFakeConfigs, recordHistory } from './index.ts'

const live = (): AbortSignal => AbortSignal.timeout(30_000)
const clock = { now: () => 0 }
const ids = ['a', 'b']

const step = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'blind', 'find', 'history'),
  id: fc.constantFrom(...ids),
  guess: fc.nat(4),
})
const clients = fc.array(fc.array(step, { maxLength: 12, size: 'max' }), { minLength: 2, maxLength: 4, size: 'max' })
type Plan = typeof clients extends fc.Arbitrary<infer T> ? T : never

/** Lets clients do their steps at the same time, ends with a read of everything, and judges. */
const judge = async (documents: Documents, plans: Plan, collection: string): Promise<readonly Violation[]> => {
  const recorder = recordHistory(documents, collection)
  const work = plans.map(async (plan, index) => {
    const client = `client ${index}`
    for (const { kind, id, guess } of plan) {
      if (kind === 'history') await recorder.history(client, id, live())
      else if (kind === 'blind') await recorder.put(client, { id, expected: guess }, live())
      else {
        const expected = await recorder.find(client, id, live())
        if (kind === 'add' && expected !== undefined) await recorder.put(client, { id, expected }, live())
      }
    }
  })
  await Promise.all(work)
  // The engine may still fail: what cannot be read says nothing.
  for (const id of ids) for (let tries = 0; tries < 5; tries++) await recorder.history('judge', id, live())
  return checkHistory(recorder.operations, keptRevisionsOf(collection))
}

/** Each call of the engine may fail before it takes effect, or its answer be lost afterwards. */
const openFailing = (failures: readonly number[]): Documents => {
  let turn = 0
  const api = createFakeConfigs(async () => {
    await Promise.resolve()
    if (failures[++turn % failures.length] === 0) throw new FakeConfigsError('timeout', true)
  })
  return createSwarmDocuments({ api, clock })
}

describe('no history speaks against', () => {
  it('documents in memory', async () => {
    await fc.assert(
      fc.asyncProperty(clients, async (plans) => {
        expect(await judge(createMemoryDocuments({ clock }), plans, 'notes')).toEqual([])
      }),
    )
  })

  it.each(['notes', 'release'])('%s in a Swarm that loses calls and answers', async (collection) => {
    const failures = fc.array(fc.nat(6), { minLength: 1, maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(clients, failures, async (plans, failures) => {
        expect(await judge(openFailing(failures), plans, collection)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it.each(['notes', 'release'])('%s in a Swarm whose answers come in any order', async (collection) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), clients, async (scheduler, plans) => {
        const api = createFakeConfigs((call) => scheduler.schedule(Promise.resolve(), call))
        const judged = judge(createSwarmDocuments({ api, clock }), plans, collection)
        expect(await scheduler.waitFor(judged)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })
})

/** Stores that break one promise each. */
const broken: Readonly<Record<string, (sound: Documents) => Documents>> = {
  'forgets what it promised': (sound) => ({
    ...sound,
    put: async (collection, id, write, signal) =>
      write.expected % 2 === 1
        ? { collection, id, revision: write.expected + 1, value: write.value, writtenAtMs: 0 }
        : sound.put(collection, id, write, signal),
  }),
  'lets the last writer win': (sound) => {
    let queue: Promise<unknown> = Promise.resolve()
    const put: Documents['put'] = (collection, id, write, signal) => {
      const written = queue.then(async () => {
        const newest = (await sound.find(collection, id, signal))?.revision ?? 0
        const document = await sound.put(collection, id, { ...write, expected: newest }, signal)
        return { ...document, revision: write.expected + 1 }
      })
      queue = written
      return written
    }
    return { ...sound, put }
  },
  'reads of a copy that lags': (sound) => {
    let reads = 0
    const copy = new Map<string, Awaited<ReturnType<Documents['find']>>>()
    const find = async <T>(collection: string, id: string, signal: AbortSignal) => {
      if (++reads % 3 === 1) copy.set(id, await sound.find(collection, id, signal))
      return copy.get(id) as Awaited<ReturnType<typeof sound.find<T>>>
    }
    return { ...sound, find }
  },
  'leaves a revision out of its history': (sound) => ({
    ...sound,
    history: async <T>(collection: string, id: string, signal: AbortSignal) =>
      (await sound.history<T>(collection, id, signal)).filter(({ revision }) => revision !== 2),
  }),
}

describe('a history speaks against a store that', () => {
  it.each(Object.entries(broken))('%s', async (_, breakIt) => {
    const plan: Plan[number] = Array.from({ length: 6 }, () => ({ kind: 'add', id: 'a', guess: 0 }))
    const reading: Plan[number] = [...plan, { kind: 'find', id: 'a', guess: 0 }]
    const violations = await judge(breakIt(createMemoryDocuments({ clock })), [reading, reading], 'notes')
    expect(violations).not.toEqual([])
  })

  it('forgets what was promised on one of the ways to it', async () => {
    const sound = createMemoryDocuments({ clock })
    const forgetful = broken['forgets what it promised']?.(sound) ?? sound
    const recorder = recordHistory((client) => (client === 'far' ? forgetful : sound), 'notes')
    await recorder.put('near', { id: 'a', expected: 0 }, live())
    await recorder.put('far', { id: 'a', expected: 1 }, live())
    await recorder.find('near', 'a', live())
    const found = checkHistory(recorder.operations, 10).map(({ kind }) => kind)
    expect(found).toEqual(['stale-read'])
  })

  const about = { document: 'a', client: 'one' }
  const put = (expected: number, mark: string, [invokedAt, endedAt]: readonly [number, number]) =>
    ({ kind: 'put', ...about, expected, mark, invokedAt, endedAt, outcome: 'acknowledged' }) as const
  const read = (
    kind: 'find' | 'history',
    marks: readonly string[],
    [invokedAt, endedAt]: readonly [number, number],
  ) => {
    const revisions = marks.map((mark) => ({ revision: Number(mark.slice(0, 1)), mark }))
    return { kind, ...about, invokedAt, endedAt, revisions } as const
  }
  it.each<[Violation['kind'], readonly Operation[]]>([
    ['two-winners', [put(0, '1x', [1, 2]), put(0, '1y', [3, 4])]],
    [
      'lost-write',
      [put(0, '1x', [1, 2]), { ...put(0, '1y', [3, 6]), outcome: 'unknown' }, read('find', ['1y'], [7, 8])],
    ],
    ['stale-read', [put(0, '1x', [1, 2]), read('find', [], [3, 4])]],
    [
      'went-back',
      [{ ...put(0, '1x', [1, 9]), outcome: 'unknown' }, read('find', ['1x'], [2, 3]), read('find', [], [4, 5])],
    ],
    ['gap', [put(0, '1x', [1, 2]), put(1, '2x', [3, 4]), put(2, '3x', [5, 6]), read('history', ['3x', '1x'], [7, 8])]],
    ['invented', [read('find', ['1x'], [1, 2])]],
    ['invented', [{ ...put(0, '1x', [1, 2]), outcome: 'refused' }, read('find', ['1x'], [3, 4])]],
    [
      'changed',
      [
        { ...put(0, '1x', [1, 9]), outcome: 'unknown' },
        { ...put(0, '1y', [1, 9]), outcome: 'unknown' },
        read('find', ['1x'], [2, 3]),
        read('find', ['1y'], [4, 5]),
      ],
    ],
  ])('shows %s', (kind, operations) => {
    expect(checkHistory(operations, 3).map((violation) => violation.kind)).toContain(kind)
  })

  it('but not against one of which nobody knows better', () => {
    const during = [put(0, '1x', [1, 5]), read('find', [], [2, 6]), read('find', ['1x'], [3, 4])]
    expect(checkHistory(during, 3)).toEqual([])
  })
})
