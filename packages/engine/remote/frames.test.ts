import { array, assert, asyncProperty, constantFrom, infiniteStream, integer, record, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { readFrames, renderFrame } from './frames.ts'
import type { FrameKind } from './frames.ts'

const kinds = constantFrom<FrameKind>('start', 'input', 'input-end', 'stdout', 'stderr', 'exit', 'alive')
const sent = array(record({ kind: kinds, data: uint8Array({ maxLength: 40 }) }), { maxLength: 12 })
const cuts = infiniteStream(integer({ min: 1, max: 17 }))

async function* cut(bytes: Buffer, lengths: Iterator<number>): AsyncGenerator<Buffer, void> {
  for (let start = 0; start < bytes.length;) {
    const length: number = lengths.next().value ?? 1
    yield bytes.subarray(start, start + length)
    start += length
  }
}

/** What a taker makes of frames: bytes that flow have no borders. */
const join = (frames: readonly { readonly kind: FrameKind; readonly data: Uint8Array }[]): readonly string[] => {
  const joined: { readonly kind: FrameKind; text: string }[] = []
  for (const { kind, data } of frames) {
    const last = joined.at(-1)
    const text = Buffer.from(data).toString('hex')
    const isFlowing = kind === 'input' || kind === 'stdout' || kind === 'stderr'
    if (last?.kind === kind && isFlowing) last.text += text
    else joined.push({ kind, text })
  }
  return joined.map(({ kind, text }) => `${kind} ${text}`)
}

const read = async (stream: AsyncIterable<Buffer>) => {
  const frames = []
  for await (const frame of readFrames(stream)) frames.push(frame)
  return frames
}

test('frames arrive as they were sent, however the stream is cut', async () => {
  await assert(
    asyncProperty(sent, cuts, async (frames, lengths) => {
      const bytes = Buffer.concat(frames.map(({ kind, data }) => renderFrame(kind, data)))
      expect(join(await read(cut(bytes, lengths)))).toEqual(join(frames))
    }),
  )
})

test('a stream that ends inside of a frame is no end', async () => {
  await assert(
    asyncProperty(kinds, uint8Array({ minLength: 1, maxLength: 40 }), cuts, async (kind, data, lengths) => {
      const whole = renderFrame(kind, data)
      for (let end = 1; end < whole.length; end++) {
        const part = cut(whole.subarray(0, end), lengths)
        await expect(read(part)).rejects.toMatchObject({ code: 'unreachable' })
      }
    }),
    { numRuns: 20 },
  )
})

test('other bytes are refused', async () => {
  const damaged = Buffer.from([200, 0, 0, 0, 1, 0])
  await expect(read(cut(damaged, [6][Symbol.iterator]()))).rejects.toMatchObject({ code: 'invalid' })
})
