import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readFile } from './read-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'atoll-read-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('text is text', () => expect(readFile(write('a', 'größe: 1\n'))).toEqual({ kind: 'text', text: 'größe: 1\n' }))
test('absent', () => expect(readFile(join(folder, 'no/such'))).toEqual({ kind: 'absent' }))
test('a folder', () => expect(readFile(folder)).toEqual({ kind: 'folder' }))
test('zero bytes and broken UTF-8 are binary', () => {
  expect(readFile(write('zero', new Uint8Array([65, 0, 66])))).toEqual({ kind: 'binary' })
  expect(readFile(write('latin', new Uint8Array([0x67, 0xf6])))).toEqual({ kind: 'binary' })
})
test('a device is not read', () => expect(readFile('/dev/zero').kind).toBe('unreadable'))
test('a huge file is refused unread', () => {
  const path = write('huge', '')
  truncateSync(path, 100_000_000)
  expect(readFile(path)).toEqual({ kind: 'too-large', bytes: 100_000_000 })
})
