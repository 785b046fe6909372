import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openReserve, reserveBytesFor } from './reserve.ts'

const live = new AbortController().signal
const mebibyte = 1024 * 1024
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-reserve-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('is a hundredth of the disk, and no more than half a gibibyte', () => {
  expect(reserveBytesFor(4_000 * mebibyte)).toBe(40 * mebibyte)
  expect(reserveBytesFor(4_000_000 * mebibyte)).toBe(512 * mebibyte)
  expect(reserveBytesFor(100 * mebibyte)).toBe(0)
})

it('takes room, gives it up, and finds again what was taken before', async () => {
  const reserve = openReserve(folder, 400 * mebibyte)
  expect(await reserve.take(live)).toBe(true)
  const { blocks } = await stat(join(folder, 'reserve'))
  // A file with holes would take none.
  expect(blocks * 512).toBeGreaterThanOrEqual(4 * mebibyte)
  const next = openReserve(folder, 400 * mebibyte)
  await next.find()
  expect(next.isHeld()).toBe(true)
  await next.giveUp()
  expect([next.isHeld(), await readdir(folder)]).toEqual([false, []])
})

it('that was begun and left is no reserve, and is cleared away', async () => {
  await writeFile(join(folder, 'reserve.new'), 'x')
  const stopped = openReserve(folder, 800 * mebibyte)
  expect(await stopped.take(AbortSignal.abort())).toBe(false)
  await stopped.find()
  expect([stopped.isHeld(), await readdir(folder)]).toEqual([false, []])
})
