import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  frameReader,
  parseFrame,
  parseHeaders,
  parseItems,
  parseMessages,
  renderFrame,
  renderItems,
  renderMessages,
  renderVariables,
  type Frame,
} from './frames.ts'
import { readerOf, renderString, renderValue, renderVarint, SpopError, type SpopValue } from './values.ts'

const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array))
/** Each character is a byte. */
const text = bytes.map((buffer) => buffer.toString('latin1'))
const values: fc.Arbitrary<SpopValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeNat(),
  fc.nat(5_000),
  text,
  bytes,
)
const items = fc.dictionary(text, values, { maxKeys: 6, noNullPrototype: true })
const frames: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom('notify', 'ack', 'haproxy-hello', 'haproxy-disconnect', 'agent-hello', 'agent-disconnect'),
  streamId: fc.maxSafeNat(),
  frameId: fc.nat(),
  payload: bytes,
})

describe('what is written is read', () => {
  test('numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(readerOf(renderVarint(number)).varint()).toBe(number)
      }),
    )
  })

  test('items', () => {
    fc.assert(
      fc.property(items, (all) => {
        expect(parseItems(renderItems(all))).toEqual(all)
      }),
    )
  })

  test('messages', () => {
    const messages = fc.array(fc.record({ name: text, values: items }), { maxLength: 3 })
    fc.assert(
      fc.property(messages, (all) => {
        expect(parseMessages(renderMessages(all))).toEqual(all)
      }),
    )
  })

  test('headers, as HAProxy lists them', () => {
    const headers = fc.array(
      fc.tuple(
        text.filter((name) => name !== ''),
        text,
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(headers, (all) => {
        const list = Buffer.concat([...all.flat(), '', ''].map(renderString))
        expect(parseHeaders(list)).toEqual(all)
      }),
    )
  })

  test('frames, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), fc.integer({ min: 1, max: 100 }), (all, size) => {
        const line = Buffer.concat(all.map(renderFrame))
        const read = frameReader(10_000)
        const pieces = Array.from({ length: Math.ceil(line.length / size) }, (_, at) =>
          line.subarray(at * size, (at + 1) * size),
        )
        expect(pieces.flatMap(read)).toEqual(all)
      }),
    )
  })
})

// SPOE.txt, 3.1, and what HAProxy 2.6 sends.
test.each([
  [0, '00'],
  [239, 'ef'],
  [240, 'f000'],
  [2_287, 'ff7f'],
  [2_288, 'f08000'],
  [264_431, 'ffff7f'],
  [264_432, 'f0808000'],
])('the number %i is %s', (number, hex) => {
  expect(renderVarint(number).toString('hex')).toBe(hex)
})

test('variables are those of the transaction', () => {
  expect(renderVariables({ status: 401 }).toString('hex')).toBe(
    `01030206${Buffer.from('status').toString('hex')}05f10a`,
  )
})

describe('what is no SPOP', () => {
  test('never ends a program: it is a frame, or a SpopError', () => {
    const errorOf = (read: () => unknown): unknown => {
      try {
        read()
        return undefined
      } catch (error) {
        return error
      }
    }
    const reads = [frameReader(500), parseFrame, parseItems, parseMessages, parseHeaders]
    fc.assert(
      fc.property(bytes, (buffer) => {
        const errors = reads.map((read) => errorOf(() => read(buffer))).filter((error) => error !== undefined)
        expect(errors.filter((error) => !(error instanceof SpopError))).toEqual([])
      }),
    )
  })

  test.each<readonly [string, () => unknown]>([
    ['too long', () => frameReader(100)(Buffer.from('00000065', 'hex'))],
    ['a frame in parts', () => parseFrame(Buffer.from('03000000000101', 'hex'))],
    ['no frame', () => parseFrame(Buffer.from('63000000010000', 'hex'))],
    ['a number without end', () => readerOf(Buffer.alloc(12, 0xff)).varint()],
    ['a text that breaks off', () => readerOf(renderString('a text').subarray(0, 3)).string()],
    ['an unknown type', () => readerOf(Buffer.of(15)).value()],
    ['a value that is not there', () => readerOf(renderValue(400).subarray(0, 1)).value()],
  ])('%s', (_, read) => {
    expect(read).toThrow(SpopError)
  })

  test('addresses are bytes', () => {
    expect(readerOf(Buffer.from('067f000001', 'hex')).value()).toEqual(Buffer.of(127, 0, 0, 1))
    expect(readerOf(Buffer.from(`07${'00'.repeat(16)}`, 'hex')).value()).toEqual(Buffer.alloc(16))
  })
})
