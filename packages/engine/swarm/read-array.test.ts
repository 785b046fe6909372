import { EngineError } from '../errors.ts'
import { expect, it } from 'vitest'
import { readArray } from './read-array.ts'

const items = [
  { text: 'a "quoted" {brace} and \\', deep: { list: [[], [{}], ']'] } },
  { text: 'one " and } or ]' },
  {},
  { name: 'Zürich \u{1f30a}', number: -1.5e3, nothing: null },
]

/** As it comes over a socket, in pieces of any length. */
async function* inPieces(text: string, length: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length)
}

it.each([1, 2, 3, 7, 64, 10_000])('reads each item, whatever the pieces are (%d bytes)', async (length) => {
  for (const space of [undefined, 2])
    expect(await Array.fromAsync(readArray(inPieces(JSON.stringify(items, undefined, space), length)))).toEqual(items)
})

it.each(['[]', 'null', ' [ ]\n', ''])('finds nothing in %j', async (text) => {
  expect(await Array.fromAsync(readArray(inPieces(text, 1)))).toEqual([])
})

it('does not take a part for the whole', async () => {
  const text = JSON.stringify(items)
  for (const cut of [text.slice(0, -1), text.slice(0, 60)])
    await expect(Array.fromAsync(readArray(inPieces(cut, 16)))).rejects.toThrow(EngineError)
})

it('gives up on an item without an end', async () => {
  const endless = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('[{"text":"')
    for (;;) yield Buffer.alloc(1024 * 1024, 'x')
  }
  await expect(Array.fromAsync(readArray(endless()))).rejects.toMatchObject({ code: 'invalid' })
})
