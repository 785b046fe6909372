import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noAnswers } from './counting/answers.ts'
import type { SavedBook } from './counting/tally.ts'
import { takeTally } from './kept-tally.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-tally-'))
})
afterEach(() => rm(folder, { recursive: true }))

const backend = { name: 'shop.test.web.1', route: 'a.example.org/', answers: noAnswers, peaks: [{ moment: 3, ms: 9 }] }
const book: SavedBook = { life: 'first', moment: 7, backends: [backend] }
const fileIn = (): string => join(folder, 'tally.json')

test('what one has kept, the next one has, and nobody else', async () => {
  const first = await takeTally(folder)
  expect(first.saved).toBeUndefined()
  await first.keep(book)
  expect((await takeTally(folder)).saved).toEqual(book)
  // That one has crashed.
  expect((await takeTally(folder)).saved).toBeUndefined()
})

test('one that ends late does not speak for the one that counts', async () => {
  const late = await takeTally(folder)
  const next = await takeTally(folder)
  await late.keep(book)
  expect((await takeTally(folder)).saved).toBeUndefined()
  await next.keep(book)
  expect((await takeTally(folder)).saved).toBeUndefined()
})

test.each([
  ['nothing', ''],
  ['half of it', '{"version":1,"book":{"life"'],
  ['null', 'null'],
  ['another version', JSON.stringify({ version: 2, book })],
  ['a number that is none', JSON.stringify({ version: 1, book: { ...book, moment: 'seven' } })],
  ['no backends', JSON.stringify({ version: 1, book: { life: 'first', moment: 7 } })],
  [
    'a count that is missing',
    JSON.stringify({ version: 1, book: { ...book, backends: [{ ...backend, answers: { requests: 1 } }] } }),
  ],
  [
    'fewer than none',
    JSON.stringify({ version: 1, book: { ...book, backends: [{ ...backend, peaks: [{ moment: -1, ms: 9 }] }] } }),
  ],
])('a file that says %s is as good as none', async (_, text) => {
  await writeFile(fileIn(), text)
  const { saved, keep } = await takeTally(folder)
  expect(saved).toBeUndefined()
  await keep(book)
  expect(JSON.parse(await readFile(fileIn(), 'utf8'))).toEqual({ version: 1, book })
})
