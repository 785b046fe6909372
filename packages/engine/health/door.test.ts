import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askHealth, openHealthDoor } from './door.ts'

const never = new AbortController().signal
let [folder, path] = ['', '']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-health-'))
  path = join(folder, 'health.sock')
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('a health door', () => {
  it('says that the program works, and what is wrong when it does not', async () => {
    let trouble: string | undefined
    await using _door = await openHealthDoor(path, async () => {
      if (trouble !== undefined) throw new Error(trouble)
    })
    expect(await askHealth(path, never)).toBeUndefined()
    trouble = 'the documents were never read'
    expect(await askHealth(path, never)).toBe('Error: the documents were never read')
    trouble = undefined
    expect(await askHealth(path, never)).toBeUndefined()
  })

  it('takes the place of a predecessor that was killed', async () => {
    writeFileSync(path, 'left behind')
    await using _door = await openHealthDoor(path, async () => undefined)
    expect(await askHealth(path, never)).toBeUndefined()
  })

  it('lets go of who still waits when it is closed, and of an examination nobody waits for', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const door = await openHealthDoor(path, (signal) => {
      asked.resolve(signal)
      return new Promise(() => undefined)
    })
    const visitor = connect(path).on('error', () => undefined)
    const signal = await asked.promise
    await Promise.all([once(visitor, 'close'), door[Symbol.asyncDispose]()])
    await expect.poll(() => signal.aborted).toBe(true)
  })
})

describe('asking', () => {
  it('tells of a program that is not there, and of one that hangs', async () => {
    expect(await askHealth(path, never)).toContain('ENOENT')
    const server = createServer().listen(path)
    await once(server, 'listening')
    try {
      const asked = askHealth(path, AbortSignal.timeout(50))
      expect(await asked).toContain('it does not answer')
    } finally {
      server.close()
    }
  })
})
