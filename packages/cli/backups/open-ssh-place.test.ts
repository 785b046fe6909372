import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { openLocal } from '@atoll/server'
import { afterAll, expect, test } from 'vitest'
import { openSshPlace } from './open-ssh-place.ts'

const { signal } = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'atoll-ssh-place-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = 'atoll-20261122T040000Z-00ff.age'
const open = (path: string) => openSshPlace(openLocal(), { path, name: `ssh://here${path}` })

/** The same programs, on this machine. */
test('files are written whole, read, listed and removed, and none is written over', async () => {
  const path = join(folder, 'a folder', "it's")
  const place = open(path)
  const bytes = randomBytes(300_000)
  await place.write(file, ReadableStream.from([bytes.subarray(0, 5), bytes.subarray(5)]), signal)
  expect(Buffer.concat(await Array.fromAsync(place.read(file, signal))).equals(bytes)).toBe(true)
  expect(statSync(join(path, file)).mode & 0o777).toBe(0o600)
  writeFileSync(join(path, 'other.txt'), '')
  expect(await place.list(signal)).toEqual([file])
  const again = place.write(file, ReadableStream.from([Buffer.from('x')]), signal)
  await expect(again).rejects.toMatchObject({ code: 'place', hint: expect.stringContaining('file of this name') })
  expect(readdirSync(path).toSorted()).toEqual([file, 'other.txt'])
  await place.remove(file, signal)
  expect(await place.list(signal)).toEqual([])
  const gone = { code: 'place', hint: expect.stringContaining('it is not there') }
  await expect(Array.fromAsync(place.read(file, signal))).rejects.toMatchObject(gone)
})
