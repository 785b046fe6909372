import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openPlaces } from './places.ts'

const never = new AbortController().signal
const settled = (promise: Promise<Disposable | undefined> | undefined): Promise<Disposable | undefined | 'waits'> =>
  Promise.race([
    promise ?? Promise.resolve(undefined),
    new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits'))),
  ])

test('one has half of all places, and others the rest', async () => {
  const places = openPlaces({ most: 4, mostWaiting: 4 })
  const [, second, third] = ['a', 'a', 'a'].map((one) => places.enter(one, never))
  expect(await settled(third)).toBe('waits')
  expect(await settled(places.enter('b', never))).not.toBe('waits')
  ;(await second)?.[Symbol.dispose]()
  expect(await settled(third)).toBeTypeOf('object')
})

test('too many do not wait, nor does who leaves', async () => {
  const places = openPlaces({ most: 2, mostWaiting: 4 })
  await places.enter('a', never)
  const over = new AbortController()
  const waiting = [places.enter('a', over.signal), places.enter('a', never)]
  expect(await settled(places.enter('a', never))).toBeUndefined()
  over.abort()
  expect(await settled(waiting[0])).toBeUndefined()
  expect(await settled(places.enter('a', AbortSignal.abort()))).toBeUndefined()
  expect(await settled(waiting[1])).toBe('waits')
})

test('whoever comes, waits, gives up and leaves: no place is given twice, and none is lost', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), one: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constantFrom('leave' as const, 'abort' as const), at: fc.nat(20) }),
    ),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const places = openPlaces({ most: 4, mostWaiting: 6 })
      const inside: { readonly one: string; readonly place: Disposable }[] = []
      const waiting = new Set<{ readonly over: AbortController; readonly done: Promise<void> }>()
      const count = (one: string): number => inside.filter((each) => each.one === one).length
      for (const step of list) {
        if (step.kind === 'enter') {
          const over = new AbortController()
          const own = {
            over,
            done: places.enter(step.one, over.signal).then((place) => {
              waiting.delete(own)
              if (place !== undefined) inside.push({ one: step.one, place })
            }),
          }
          waiting.add(own)
        } else if (step.kind === 'leave') {
          for (const { place } of inside.splice(step.at % Math.max(1, inside.length), 1)) place[Symbol.dispose]()
        } else {
          ;[...waiting][step.at % Math.max(1, waiting.size)]?.over.abort()
        }
        await new Promise(setImmediate)
        expect(inside.length).toBeLessThanOrEqual(4)
        for (const one of ['a', 'b', 'c']) expect(count(one)).toBeLessThanOrEqual(2)
        expect(waiting.size).toBeLessThanOrEqual(6)
      }
      while (inside.length > 0) {
        for (const { place } of inside.splice(0)) place[Symbol.dispose]()
        await new Promise(setImmediate)
      }
      expect(waiting.size).toBe(0)
      const all = await Promise.all(['a', 'a', 'b', 'b'].map((one) => settled(places.enter(one, never))))
      expect(all.every((place) => place !== 'waits' && place !== undefined)).toBe(true)
    }),
    { numRuns: 60 },
  )
})
