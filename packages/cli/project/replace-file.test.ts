import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceFile } from './replace-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-replace-'))
  writeFileSync(join(folder, 'a.yaml'), 'old')
  chmodSync(join(folder, 'a.yaml'), 0o640)
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file has another text and the same mode, also where a link leads to it', async () => {
  symlinkSync('a.yaml', join(folder, 'link'))
  await replaceFile(join(folder, 'link'), { before: 'old', text: 'new' })
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('new')
  expect(statSync(join(folder, 'a.yaml')).mode & 0o777).toBe(0o640)
  expect(readdirSync(folder)).toEqual(['a.yaml', 'link'])
})

test('one that somebody changed meanwhile stays', async () => {
  const replaced = replaceFile(join(folder, 'a.yaml'), { before: 'older', text: 'new' })
  await expect(replaced).rejects.toMatchObject({ code: 'changed', hint: 'try again' })
  expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['old'])
})
