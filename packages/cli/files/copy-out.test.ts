import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '@atoll/engine'
import type { ReadFiles } from '@atoll/engine'
import { packFiles } from '@atoll/engine/files'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InterruptedError } from '../errors.ts'
import { createPalette } from '../terminal/palette.ts'
import { copyOut } from './copy-out.ts'
import { parsePlace } from './place.ts'

const live = new AbortController().signal
const ignore = (): void => undefined
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-copy-'))
  mkdirSync(join(folder, 'source'))
  writeFileSync(join(folder, 'source/large'), Buffer.alloc(3_000_000, 1))
  mkdirSync(join(folder, 'here'))
  writeFileSync(join(folder, 'here/large'), 'as it was')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Copies the source over what is here, with a task that gives its tar as it likes. */
const copy = async (readFiles: (request: ReadFiles, signal: AbortSignal) => Promise<void>, signal = live) => {
  const stdout = {
    write: ignore,
    palette: createPalette(false),
    isTerminal: false,
    columns: () => 80,
    rows: () => 20,
    onResize: ignore,
  }
  const absent = async () => undefined
  const cluster = { readFiles, writeFiles: absent, statFile: absent }
  const work = { cluster, ref: { app: 'shop', environment: 'test' }, task: { taskId: 't', name: 'web.1' } }
  const ends = { from: parsePlace('web:/srv/source/.'), to: parsePlace('here') }
  if (ends.from.kind !== 'task' || ends.to.kind === 'task') throw new Error('bug: the ends of the test')
  const here = { config: { workingDir: folder }, signal, stdout }
  return copyOut(here, { ...work, onBytes: ignore, onSkip: ignore }, { from: ends.from, to: ends.to })
}

const tar = () => packFiles(join(folder, 'source'), { name: 'source', onSkip: ignore, signal: live })

const expectUntouched = (): void => {
  expect(readFileSync(join(folder, 'here/large'), 'utf8')).toBe('as it was')
  expect(readdirSync(folder).toSorted()).toEqual(['here', 'source'])
  expect(readdirSync(join(folder, 'here'))).toEqual(['large'])
}

test('what came whole is there, and nothing else', async () => {
  const copied = await copy(async ({ take }) => {
    for await (const chunk of tar()) await take(chunk)
  })
  expect(copied).toEqual({ name: join(folder, 'here'), contents: { entries: 2, files: 1, bytes: 3_000_000 } })
  expect(readFileSync(join(folder, 'here/large')).length).toBe(3_000_000)
  expect(readdirSync(folder).toSorted()).toEqual(['here', 'source'])
})

test('Ctrl-C in the middle leaves everything as it was', async () => {
  const ctrlC = new AbortController()
  const copying = copy(async ({ take }, signal) => {
    let bytes = 0
    for await (const chunk of tar()) {
      signal.throwIfAborted()
      await take(chunk)
      bytes += chunk.length
      if (bytes > 1_000_000) ctrlC.abort(new InterruptedError('interrupted'))
    }
  }, ctrlC.signal)
  await expect(copying).rejects.toBeInstanceOf(InterruptedError)
  expectUntouched()
})

test('so does a task that ends in the middle, and a tar that does without a word', async () => {
  const broken = copy(async ({ take }) => {
    for await (const chunk of tar()) {
      await take(chunk.subarray(0, 1_000))
      throw new EngineError('unreachable', 'the node is gone')
    }
  })
  await expect(broken).rejects.toMatchObject({ code: 'unreachable' })
  expectUntouched()
  const cut = copy(async ({ take }) => {
    let bytes = 0
    for await (const chunk of tar()) {
      if (bytes > 1_000_000) return
      bytes += chunk.length
      await take(chunk)
    }
  })
  await expect(cut).rejects.toBeInstanceOf(Error)
  expectUntouched()
})

test('a tar that means harm is not waited for, and leaves nothing', async () => {
  const state = { isStopped: false }
  const copying = copy(async ({ take }, signal) => {
    const entry = Buffer.concat(
      await Array.fromAsync(packFiles(join(folder, 'source/large'), { name: '../x', onSkip: ignore, signal: live })),
    )
    try {
      for (;;) {
        signal.throwIfAborted()
        await take(entry)
      }
    } finally {
      state.isStopped = true
    }
  })
  await expect(copying).rejects.toMatchObject({ code: 'refused' })
  expect(state.isStopped).toBe(true)
  expectUntouched()
})
