import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { awaitAnswer } from './await-answer.ts'
import { findAwake } from './find-awake.ts'

const soon = (): AbortSignal => AbortSignal.timeout(5_000)
const silent = (): Promise<number> => Promise.reject(new Error('nobody there'))
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

describe('a request that is not answered', () => {
  test('says why when what the control knows gets old, and goes on waiting', async () => {
    const elected = Promise.withResolvers<string>()
    const waiting = { askAge: async () => 4_000, onElection: () => elected.resolve('done'), mayLeave: true, everyMs: 5 }
    expect(await awaitAnswer(() => elected.promise, waiting, soon())).toBe('done')
  })

  test('says nothing while the control is up to date', async () => {
    let told = 0
    const waiting = { askAge: async () => 900, onElection: () => void told++, mayLeave: true, everyMs: 5 }
    const answer = new Promise((resolve) => setTimeout(resolve, 60, 'slow'))
    expect(await awaitAnswer(() => answer, waiting, soon())).toBe('slow')
    expect(told).toBe(0)
  })

  test('is given up when its control is gone, so that the next is asked', async () => {
    const waiting = { askAge: silent, onElection: () => {}, mayLeave: true, everyMs: 5 }
    await expect(awaitAnswer(never, waiting, soon())).rejects.toThrow('no longer answers')
  })

  test('is not, when it may not be sent twice', async () => {
    const waiting = { askAge: silent, onElection: () => {}, mayLeave: false, everyMs: 5 }
    const answer = new Promise((resolve) => setTimeout(resolve, 60, 'late'))
    expect(await awaitAnswer(() => answer, waiting, soon())).toBe('late')
  })
})

describe('the first address that takes a connection', () => {
  test('is found behind one where nobody is', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await findAwake(['https://127.0.0.1:1', url], soon())).toBe(url)
    expect(await findAwake([url, 'https://127.0.0.1:1'], soon())).toBe(url)
    server.close()
  })

  test('is none when nobody is there', async () => {
    expect(await findAwake(['https://127.0.0.1:1'], soon())).toBeUndefined()
  })
})
