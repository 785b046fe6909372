import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openElectionWatch } from './election-watch.ts'

const times = { afterMs: 5, questionMs: 20, calmMs: 5, silentMs: 5 }
const signal = (): AbortSignal => AbortSignal.timeout(5_000)

/** A manager that answers what comes while it has a leader, and hangs with the rest. */
const openManager = () => {
  const manager = { hasLeader: true, begun: 0, slowMs: 0 }
  const hang = (ended: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      ended.addEventListener('abort', () => reject(new Error('stopped', { cause: ended.reason })), { once: true })
    })
  const ask = async (ended: AbortSignal): Promise<void> => (manager.hasLeader ? undefined : hang(ended))
  const work = async (ended: AbortSignal): Promise<number> => {
    manager.begun += 1
    if (!manager.hasLeader) return hang(ended)
    await delay(manager.slowMs, undefined, { signal: ended })
    return manager.begun
  }
  return { manager, work, watch: openElectionWatch(ask, times) }
}

describe('a call that hangs on a leader that is gone', () => {
  it('is begun anew as soon as there is another, with all the others that hang', async () => {
    const { manager, work, watch } = openManager()
    manager.hasLeader = false
    const calls = [watch.carry(work, signal()), watch.carry(work, signal())]
    setTimeout(() => (manager.hasLeader = true), 60)
    expect(await Promise.all(calls)).toEqual([4, 4])
  })

  it('ends with its signal, and nobody goes on asking', async () => {
    const { manager, work, watch } = openManager()
    manager.hasLeader = false
    const stop = new AbortController()
    const call = watch.carry(work, stop.signal)
    setTimeout(() => stop.abort(), 30)
    await expect(call).rejects.toThrow('stopped')
    expect(manager.begun).toBe(1)
  })
})

it('a slow call of a manager that answers is left alone', async () => {
  const { manager, work, watch } = openManager()
  manager.slowMs = 100
  expect(await watch.carry(work, signal())).toBe(1)
})

it('a failure is passed on', async () => {
  const { watch } = openManager()
  await expect(watch.carry(() => Promise.reject(new Error('refused')), signal())).rejects.toThrow('refused')
})

it('a call that hangs for another reason is not begun for ever', async () => {
  let questions = 0
  const flickering = openElectionWatch(
    () => (++questions % 2 === 0 ? Promise.resolve() : Promise.reject(new Error('silent'))),
    times,
  )
  let begun = 0
  const call = flickering.carry((ended) => {
    begun += 1
    return delay(begun === 3 ? 50 : 10_000, begun, { signal: ended })
  }, signal())
  expect(await call).toBe(3)
})
