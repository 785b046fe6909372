import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addServers, noteServers, sumByService } from './servers.ts'
import type { ServerCounted, ServerSample } from './servers.ts'

const counted = (answered: number, meanMs = 0, rest: Partial<ServerCounted> = {}): ServerCounted => ({
  answered,
  errors: 0,
  failed: 0,
  meanMs,
  ...rest,
})
const sampleOf = (places: Readonly<Record<string, ServerCounted>>): ServerSample => new Map(Object.entries(places))
const noteAll = (...samples: readonly ServerSample[]) => samples.reduce(noteServers, new Map())

describe('what places have counted', () => {
  test('is that of their service, whatever number they have', () => {
    const book = noteAll(
      sampleOf({
        'web-1': counted(3, 10),
        'web-12': counted(4, 20, { errors: 2 }),
        'web-canary-1': counted(5, 30, { failed: 1 }),
      }),
    )
    expect(sumByService(book)).toEqual([
      { service: 'web', answered: 7, errors: 2, failed: 0, totalMs: 110 },
      { service: 'web-canary', answered: 5, errors: 0, failed: 1, totalMs: 150 },
    ])
  })

  test('is nothing where one service answers alone', () => {
    expect(sumByService(noteAll(sampleOf({ 'web-1': counted(3), 'web-2': counted(4) })))).toEqual([])
  })

  test('takes the time that the mean said when it was new', () => {
    const book = noteAll(sampleOf({ 'web-1': counted(10, 100) }), sampleOf({ 'web-1': counted(15, 20) }))
    expect(book.get('web-1')).toMatchObject({ answered: 15, totalMs: 1_100 })
  })

  test('of several workers is added', () => {
    const [one, other] = [noteAll(sampleOf({ 'web-1': counted(1, 5) })), noteAll(sampleOf({ 'web-1': counted(2, 7) }))]
    expect(addServers(one, other).get('web-1')).toEqual({ answered: 3, errors: 0, failed: 0, totalMs: 19 })
  })

  test('only grows, and ends at the same counts in whatever order looks come', () => {
    const looks = fc.array(fc.record({ answered: fc.nat(1_000), failed: fc.nat(1_000), meanMs: fc.nat(1_000) }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(looks, (all) => {
        const samples = all.map(({ answered, failed, meanMs }) =>
          sampleOf({ 'web-1': counted(answered, meanMs, { failed }) }),
        )
        let before = { answered: 0, failed: 0, totalMs: 0 }
        let book: ReturnType<typeof noteServers> = new Map()
        for (const sample of samples) {
          book = noteServers(book, sample)
          const now = book.get('web-1') ?? { answered: 0, failed: 0, totalMs: 0 }
          expect(now.answered).toBeGreaterThanOrEqual(before.answered)
          expect(now.failed).toBeGreaterThanOrEqual(before.failed)
          expect(now.totalMs).toBeGreaterThanOrEqual(before.totalMs)
          before = now
        }
        expect(before.answered).toBe(Math.max(...all.map(({ answered }) => answered)))
        expect(before.failed).toBe(Math.max(...all.map(({ failed }) => failed)))
      }),
    )
  })
})
