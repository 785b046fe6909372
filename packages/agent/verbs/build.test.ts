import { expect, test } from 'vitest'
import { renderFrame, readFrames } from '@atoll/engine/remote'
import { readTar } from './build.ts'

const framesOf = (...frames: readonly Buffer[]) =>
  readFrames(
    (async function* () {
      yield* frames
    })(),
  )
const input = renderFrame('input', Buffer.alloc(600))
const end = renderFrame('input-end', new Uint8Array())

const read = async (frames: readonly Buffer[], mostBytes = 10_000): Promise<number> => {
  let bytes = 0
  for await (const chunk of readTar(framesOf(...frames), mostBytes)) bytes += chunk.length
  return bytes
}

test('a tar is what comes until its end', async () => {
  expect(await read([input, input, end])).toBe(1200)
})

test.each([
  ['is cut between frames', [input], 'unreachable', 10_000],
  ['is cut inside of a frame', [input.subarray(0, 100)], 'unreachable', 10_000],
  ['holds what is none of it', [input, renderFrame('resize', new Uint8Array())], 'invalid', 10_000],
  ['is above the limit', [input, input, end], 'invalid', 1_000],
])('one that %s is an error', async (_what, frames, code, mostBytes) => {
  await expect(read(frames, mostBytes)).rejects.toMatchObject({ code, retry: false })
})
