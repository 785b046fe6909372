import { isDeepStrictEqual } from 'node:util'
import type { ServiceAnswers } from '@atoll/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canaryRules, failureShareOf, judgeCanary, meanMsOf, requestsOf } from './judge-canary.ts'
import type { CanaryFigures } from './records.ts'

interface Said {
  readonly answered?: number
  readonly errors?: number
  readonly failed?: number
  readonly meanMs?: number
}

const answersOf = ({ answered = 1_000, errors = 0, failed = 0, meanMs = 20 }: Said = {}): ServiceAnswers => ({
  answered,
  errors,
  failed,
  totalMs: answered * meanMs,
})
const figuresOf = (old: Said, canary: Said, uncounted: readonly string[] = []): CanaryFigures => ({
  old: answersOf(old),
  new: answersOf(canary),
  uncounted,
})

test.each<[string, CanaryFigures, string, string]>([
  ['as good', figuresOf({}, {}), 'promote', 'as-good'],
  ['as bad', figuresOf({ errors: 100 }, { errors: 100 }), 'promote', 'as-good'],
  ['better', figuresOf({ errors: 100, meanMs: 900 }, {}), 'promote', 'as-good'],
  ['answers 5xx', figuresOf({ answered: 9_000 }, { errors: 20 }), 'abort', 'errors'],
  ['breaks off', figuresOf({ answered: 9_000 }, { failed: 20 }), 'abort', 'errors'],
  [
    'failed a few times, which may be chance',
    figuresOf({ answered: 100 }, { answered: 100, errors: 4 }),
    'promote',
    'as-good',
  ],
  ['fails a little more, which may be chance', figuresOf({ errors: 10 }, { errors: 14 }), 'promote', 'as-good'],
  [
    'fails more by so little that only so many requests show it',
    figuresOf({ answered: 10_000_000, errors: 1_000 }, { answered: 1_000_000, errors: 400 }),
    'promote',
    'as-good',
  ],
  ['slower', figuresOf({ meanMs: 100 }, { meanMs: 160 }), 'abort', 'latency'],
  ['slower by a factor that nobody feels', figuresOf({ meanMs: 1 }, { meanMs: 40 }), 'promote', 'as-good'],
  ['slower by a time that is usual', figuresOf({ meanMs: 1_000 }, { meanMs: 1_100 }), 'promote', 'as-good'],
  ['few requests', figuresOf({ answered: 400 }, { answered: 49 }), 'promote', 'too-few'],
  ['none at all', figuresOf({ answered: 0 }, { answered: 0 }), 'promote', 'too-few'],
  ['few requests, one of them failed', figuresOf({ answered: 400 }, { answered: 40, errors: 1 }), 'abort', 'too-few'],
  ['few of the old one', figuresOf({ answered: 3 }, { errors: 1 }), 'abort', 'too-few'],
  ['few requests, as nobody counted', figuresOf({ answered: 0 }, { answered: 0 }, ['node-2']), 'abort', 'too-few'],
])('when its time is over: %s', (_, figures, kind, rule) => {
  expect(judgeCanary(figures, true)).toMatchObject({ kind, rule })
})

test('what decided is said with its numbers', () => {
  expect(judgeCanary(figuresOf({ answered: 9_000, errors: 9 }, { errors: 41 }), false)?.because).toBe(
    '4.1 % errors beside 0.1 %',
  )
  expect(judgeCanary(figuresOf({ meanMs: 100 }, { meanMs: 160 }), true)?.because).toBe(
    '160 ms on average beside 100 ms',
  )
})

const counted = fc
  .record({ answered: fc.nat(100_000), failed: fc.nat(1_000), part: fc.nat(100), meanMs: fc.nat(5_000) })
  .map(({ answered, failed, part, meanMs }) =>
    answersOf({ answered, failed, errors: Math.floor((answered * part) / 100), meanMs }),
  )
const figures = fc.record({ old: counted, new: counted, uncounted: fc.constant([]) })

test('only more failures end it before its time, and never when it fails less', () => {
  fc.assert(
    fc.property(figures, (each) => {
      const early = judgeCanary(each, false)
      const isWorse = failureShareOf(each.new) > failureShareOf(each.old)
      const isSure = early?.kind === 'abort' && early.rule === 'errors' && isWorse
      expect(early === undefined || isSure).toBe(true)
      const late = judgeCanary(each, true)
      expect(late).toBeDefined()
      expect(early === undefined || isDeepStrictEqual(late, early)).toBe(true)
    }),
  )
})

test('one that fails more often, or is slower, is not judged better for it', () => {
  fc.assert(
    fc.property(figures, fc.nat(1_000), fc.nat(1_000), (each, more, slowerMs) => {
      fc.pre(judgeCanary(each, true)?.kind === 'abort')
      const errors = Math.min(each.new.answered, each.new.errors + more)
      const worse = { ...each, new: { ...each.new, errors, totalMs: each.new.totalMs + slowerMs * each.new.answered } }
      expect(judgeCanary(worse, true)?.kind).toBe('abort')
    }),
  )
})

test('the same in both goes on, once there is enough of it', () => {
  fc.assert(
    fc.property(counted, (same) => {
      fc.pre(requestsOf(same) >= canaryRules.fewestRequests)
      expect(judgeCanary({ old: same, new: same, uncounted: [] }, true)).toMatchObject({ kind: 'promote' })
    }),
  )
})

test('nothing of nothing is no failure and takes no time', () => {
  const none = answersOf({ answered: 0 })
  expect([failureShareOf(none), meanMsOf(none)]).toEqual([0, 0])
})
