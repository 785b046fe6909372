import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { gatherWrites } from './gather-writes.ts'

test('what is passed on is the same, in fewer writes, and ends with it', async () => {
  const writes: Buffer[] = []
  const target = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(Buffer.from(chunk))
      setImmediate(done)
    },
  })
  const sent = Array.from({ length: 10_000 }, (_, index) => Buffer.alloc(100, index % 256))
  await pipeline(Readable.from(sent), gatherWrites(target))
  expect(target.writableFinished).toBe(true)
  expect(Buffer.concat(writes).equals(Buffer.concat(sent))).toBe(true)
  expect(writes.length).toBeLessThan(sent.length / 10)
})

test('a source that breaks off never looks like an end', async () => {
  const target = new PassThrough()
  const ended = { so: false }
  target.on('end', () => (ended.so = true)).on('error', () => undefined)
  target.resume()
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(1_000_000)
    throw new Error('cut')
  }
  await expect(pipeline(Readable.from(broken()), gatherWrites(target))).rejects.toThrow('cut')
  expect(target.destroyed).toBe(true)
  expect(ended.so).toBe(false)
})

test('a target that nobody takes from holds up the source, and one that is closed ends it', async () => {
  const target = new Writable({ write: () => undefined })
  const given = { bytes: 0 }
  const source = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      given.bytes += 100_000
      yield Buffer.alloc(100_000)
    }
  }
  const passing = pipeline(Readable.from(source(), { objectMode: false }), gatherWrites(target))
  const settled = { so: false }
  passing.catch(() => (settled.so = true))
  await expect.poll(() => given.bytes).toBeGreaterThan(500_000)
  for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate)
  expect(given.bytes).toBeLessThan(3_000_000)
  expect(settled.so).toBe(false)
  target.destroy()
  await expect(passing).rejects.toThrow('the other end was closed')
})
