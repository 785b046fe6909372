import { expect, it } from 'vitest'
import { createAgenda } from './agenda.ts'

const live = (): AbortSignal => AbortSignal.timeout(30_000)

it('tells those who wait when a look that began after their call ended', async () => {
  const agenda = createAgenda(() => undefined)
  agenda.note('a')
  const before = agenda.take(8)
  const waiting = agenda.ask('a', live())
  agenda.end(before, 'seen')
  expect(agenda.isEmpty()).toBe(false)
  agenda.end(agenda.take(8), 'seen')
  expect(await waiting).toBe('seen')
  expect(agenda.isEmpty()).toBe(true)
})

it('keeps what failed, without those who waited', async () => {
  const agenda = createAgenda(() => undefined)
  const waiting = agenda.ask('a', live())
  agenda.end(agenda.take(8), 'failed')
  expect(await waiting).toBe('failed')
  expect([...agenda.take(8).names.keys()]).toEqual(['a'])
})

it('gives up a wait with its signal', async () => {
  const agenda = createAgenda(() => undefined)
  const stop = new AbortController()
  const waiting = agenda.ask('a', stop.signal)
  stop.abort()
  expect(await waiting).toBe('failed')
  expect(await agenda.ask('a', AbortSignal.abort())).toBe('failed')
})

it('asks for everything instead of more names than can be looked at one by one', async () => {
  const agenda = createAgenda(() => undefined)
  for (let number = 0; number < 10_000; number++) agenda.note(`name ${number}`)
  const waiting = agenda.ask('one more', live())
  expect(agenda.isAllAsked()).toBe(true)
  const taken = agenda.takeAll()
  expect(taken.names.size).toBeLessThanOrEqual(500)
  agenda.end(taken, 'seen')
  expect(await waiting).toBe('seen')
  expect(agenda.isEmpty()).toBe(true)
})
