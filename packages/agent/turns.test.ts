import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

const live = new AbortController().signal
const optionsOf = (waits: number[] = [], signal = live) => ({
  doing: 'build x',
  onWait: (others: number) => void waits.push(others),
  signal,
})

test('work is done one after the other, in the order it came', async () => {
  const turns = createTurns({ mostWaiting: 8 })
  const first = Promise.withResolvers<void>()
  const done: number[] = []
  const waits: number[] = []
  const one = turns.take(() => first.promise.then(() => void done.push(1)), optionsOf(waits))
  const rest = [2, 3].map((number) => turns.take(async () => void done.push(number), optionsOf(waits)))
  expect({ done, waits }).toEqual({ done: [], waits: [1, 2] })
  first.resolve()
  await Promise.all([one, ...rest])
  expect(done).toEqual([1, 2, 3])
})

test('who leaves gives up its place, and a failure passes the turn on', async () => {
  const turns = createTurns({ mostWaiting: 1 })
  const first = Promise.withResolvers<string>()
  const one = turns.take(() => first.promise, optionsOf())
  const stop = new AbortController()
  const leaver = turns.take(async () => 'never', optionsOf([], stop.signal))
  await expect(turns.take(async () => 'too many', optionsOf())).rejects.toMatchObject({ code: 'conflict', retry: true })
  stop.abort(new Error('left'))
  await expect(leaver).rejects.toThrow('left')
  const next = turns.take(async () => 'done', optionsOf())
  first.reject(new Error('failed'))
  await expect(one).rejects.toThrow('failed')
  expect(await next).toBe('done')
  expect(await turns.take(async () => 'again', optionsOf())).toBe('again')
})
