import { existsSync } from 'node:fs'
import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLock } from './lock.ts'

let folder = ''
beforeEach(async () => {
  folder = `${await mkdtemp(`${tmpdir()}/atoll-lock-`)}/lab`
})
afterEach(() => rm(folder.replace(/\/lab$/, ''), { recursive: true, force: true }))

const options = { signal: new AbortController().signal, timeoutMs: 10_000 }

describe('withLock', () => {
  test('one works at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside -= 1
    }
    await Promise.all([1, 2, 3, 4].map(() => withLock(folder, options, work)))
    expect(most).toBe(1)
  })

  test('a holder may remove the folder, and the next one locks a new one', async () => {
    const seen: boolean[] = []
    const work = async () => {
      seen.push(existsSync(folder))
      await rmdir(folder)
    }
    await Promise.all([1, 2, 3].map(() => withLock(folder, options, work)))
    expect(seen).toEqual([true, true, true])
  })

  test('waiting ends with an error that says so', async () => {
    await withLock(folder, options, async () => {
      await expect(withLock(folder, { ...options, timeoutMs: 1000 }, async () => undefined)).rejects.toMatchObject({
        code: 'locked',
        retry: true,
      })
    })
  })

  test('waiting ends with its signal', async () => {
    const stop = new AbortController()
    await withLock(folder, options, async () => {
      const waiting = withLock(folder, { ...options, signal: stop.signal }, async () => undefined)
      stop.abort(new Error('enough'))
      await expect(waiting).rejects.toThrow('enough')
    })
  })

  test('what fails inside lets go', async () => {
    const fail = () => Promise.reject(new Error('inside'))
    await expect(withLock(folder, options, fail)).rejects.toThrow('inside')
    await expect(withLock(folder, options, async () => 'free')).resolves.toBe('free')
  })
})
