import * as fc from 'fast-check'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readFrames, readJsonLines } from './streams.ts'

const collect = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => Array.fromAsync(items)

const frame = (stream: number, data: Buffer): Buffer => {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, data])
}

/** Cuts bytes at the places given, as a network does. */
const cut = (bytes: Buffer, places: readonly number[]): readonly Buffer[] => {
  const sorted = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

describe('frames of output', () => {
  it('are the same however the network cuts them', async () => {
    const frames = fc.array(fc.record({ stream: fc.constantFrom(1, 2), data: fc.uint8Array({ maxLength: 40 }) }))
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(), { maxLength: 20 }), async (sent, places) => {
        const bytes = Buffer.concat(sent.map(({ stream, data }) => frame(stream, Buffer.from(data))))
        const got = await collect(readFrames(Readable.from(cut(bytes, places), { objectMode: true })))
        expect(got.map(({ stream, data }) => [stream, data.toString('hex')])).toEqual(
          sent.map(({ stream, data }) => [stream === 1 ? 'stdout' : 'stderr', Buffer.from(data).toString('hex')]),
        )
      }),
    )
  })

  it('tell an error of the engine from output', async () => {
    const got = await collect(readFrames(Readable.from([frame(3, Buffer.from('node is not available'))])))
    expect(got).toMatchObject([{ stream: 'error' }])
  })

  it('are refused when they are none', async () => {
    await expect(collect(readFrames(Readable.from([Buffer.from('plain text here')])))).rejects.toMatchObject({
      code: 'invalid',
    })
  })
})

describe('JSON lines', () => {
  it('are the same however the network cuts them', async () => {
    const values = fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) }))
    await fc.assert(
      fc.asyncProperty(values, fc.array(fc.nat(), { maxLength: 20 }), async (sent, places) => {
        const bytes = Buffer.from(sent.map((value) => JSON.stringify(value)).join('\n'))
        expect(await collect(readJsonLines(Readable.from(cut(bytes, places), { objectMode: false })))).toEqual(sent)
      }),
    )
  })
})
