import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { readFrames, writeData } from './frames.ts'
import { Outlet } from './outlet.ts'

const live = new AbortController().signal

/** Keeps what it is given, and lets the next of it in when it is told to. */
const openSlow = () => {
  const taken: Buffer[] = []
  const held: (() => void)[] = []
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(Buffer.from(chunk))
      held.push(done)
    },
  })
  const bytes = (): number => taken.reduce((sum, chunk) => sum + chunk.length, 0)
  return { stream, taken, bytes, next: () => held.shift()?.() }
}

const content = (taken: readonly Buffer[]): string => Buffer.concat(taken).toString()

test('what comes while nothing is on its way goes out at once, and what comes meanwhile goes together', async () => {
  const slow = openSlow()
  using outlet = new Outlet(slow.stream, live)
  for (const text of ['a', 'b', 'c']) await writeData(outlet, 'stdout', Buffer.from(text))
  expect(slow.taken.map((chunk) => chunk.at(-1))).toEqual(['a'.charCodeAt(0)])
  slow.next()
  await expect.poll(() => slow.taken.length).toBe(2)
  const frames = await Array.fromAsync(readFrames(asStream(slow.taken)))
  expect(frames.map(({ data }) => data.toString())).toEqual(['a', 'b', 'c'])
})

async function* asStream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

test('what was given may be changed at once, whatever is still on its way', async () => {
  const slow = openSlow()
  using outlet = new Outlet(slow.stream, live)
  const block = Buffer.alloc(1000)
  for (let count = 0; count < 100; count += 1) await writeData(outlet, 'stdout', block.fill(count))
  block.fill(255)
  const waitedFor = Buffer.concat(await drain(slow, 100 * 1005))
  const frames = await Array.fromAsync(readFrames(asStream([waitedFor])))
  expect(frames.map(({ data }) => data[0])).toEqual(Array.from({ length: 100 }, (_, index) => index))
})

/** All that is still on its way, which is so much at least. */
const drain = async (slow: ReturnType<typeof openSlow>, bytes: number): Promise<readonly Buffer[]> => {
  while (slow.bytes() < bytes || slow.stream.writableLength > 0) {
    slow.next()
    await new Promise(setImmediate)
  }
  return slow.taken
}

test('who writes more than is taken waits, and all of it comes as it was', async () => {
  const slow = openSlow()
  using outlet = new Outlet(slow.stream, live)
  const blockBytes = 100_000
  const blocks = 100
  const count = { given: 0, most: 0 }
  const giving = (async () => {
    const block = Buffer.alloc(blockBytes)
    for (; count.given < blocks; count.given += 1) await writeData(outlet, 'stdout', block.fill(count.given))
  })()
  while (count.given < blocks) {
    count.most = Math.max(count.most, count.given * blockBytes - slow.bytes())
    slow.next()
    await new Promise(setImmediate)
  }
  await giving
  expect(count.most).toBeLessThan(1024 * 1024)
  const frames = await Array.fromAsync(readFrames(asStream(await drain(slow, blocks * blockBytes + 1))))
  const wanted = Buffer.concat(Array.from({ length: blocks }, (_, index) => Buffer.alloc(blockBytes, index)))
  expect(Buffer.concat(frames.map(({ data }) => data)).equals(wanted)).toBe(true)
})

test('the signal ends the waiting for room', async () => {
  const slow = openSlow()
  const stop = new AbortController()
  using outlet = new Outlet(slow.stream, stop.signal)
  const writing = writeData(outlet, 'stdout', Buffer.alloc(4 * 1024 * 1024))
  stop.abort(new Error('enough'))
  await expect(writing).rejects.toThrow('enough')
  await expect(writeData(outlet, 'stdout', Buffer.alloc(4 * 1024 * 1024))).rejects.toThrow('enough')
})

test('last words come after all that was written', async () => {
  const slow = openSlow()
  using outlet = new Outlet(slow.stream, live)
  await writeData(outlet, 'stdout', Buffer.from('one '))
  await writeData(outlet, 'stdout', Buffer.from('two '))
  outlet.end(Buffer.from('end'))
  await drain(slow, 21)
  expect(content(slow.taken)).toMatch(/one .*two .*end$/s)
})
