import { describe, expect, it } from 'vitest'
import { awaitFirst } from './await-first.ts'

const hourMs = 3_600_000

describe('items whose first is waited for', () => {
  it('are all there, and end where they end', async () => {
    const items = async function* () {
      yield 1
      yield 2
    }
    expect(await Array.fromAsync(await awaitFirst(items(), hourMs))).toEqual([1, 2])
    const none = async function* (): AsyncGenerator<number> {}
    expect(await Array.fromAsync(await awaitFirst(none(), hourMs))).toEqual([])
  })

  it('fail before they begin when the first does, and where they are when a later one does', async () => {
    const failing = async function* (count: number) {
      for (let each = 0; each < count; each += 1) yield each
      throw new Error('gone')
    }
    await expect(awaitFirst(failing(0), hourMs)).rejects.toThrow('gone')
    const later = await awaitFirst(failing(1), hourMs)
    expect(await later.next()).toEqual({ done: false, value: 0 })
    await expect(later.next()).rejects.toThrow('gone')
  })

  it('begin without it after a while, and are told when nobody wants any more', async () => {
    const [sent, closed] = [Promise.withResolvers<number>(), Promise.withResolvers<string>()]
    const items = async function* () {
      try {
        yield await sent.promise
        yield 2
      } finally {
        closed.resolve('closed')
      }
    }
    const begun = await awaitFirst(items(), 1)
    sent.resolve(1)
    expect(await begun.next()).toEqual({ done: false, value: 1 })
    await begun.return()
    expect(await closed.promise).toBe('closed')
  })
})
