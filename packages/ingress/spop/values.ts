/**
 * Values of SPOP 2.0, by which HAProxy asks an agent: https://www.haproxy.org/download/2.6/doc/SPOE.txt, 3.1. Of integers those from
 * 0 to 2^53 - 1.
 */
export type SpopValue = null | boolean | number | string | Buffer

/** What is no SPOP. The connection it came over ends. */
export class SpopError extends Error {
  override readonly name = 'SpopError'
}

const types = { null: 0, boolean: 1, int32: 2, uint32: 3, int64: 4, uint64: 5, ipv4: 6, ipv6: 7, string: 8, binary: 9 }
const trueFlag = 0x10
const inOneByte = 240

/** Reads what stands one after the other. Every call throws SpopError where that ends too early. */
export interface Reader {
  readonly isAtEnd: () => boolean
  readonly byte: () => number
  readonly varint: () => number
  readonly bytes: (length: number) => Buffer
  readonly string: () => string
  readonly value: () => SpopValue
  /** All that was not read. */
  readonly rest: () => Buffer
}

export const readerOf = (buffer: Buffer): Reader => {
  let at = 0
  const bytes = (length: number): Buffer => {
    if (at + length > buffer.length) throw new SpopError(`${length} bytes are missing at ${at} of ${buffer.length}`)
    at += length
    return buffer.subarray(at - length, at)
  }
  const byte = (): number => bytes(1).readUInt8()
  const varint = (): number => {
    let number = byte()
    if (number < inOneByte) return number
    for (let factor = 16, next = 128; next >= 128; factor *= 128) {
      next = byte()
      number += next * factor
      if (number > Number.MAX_SAFE_INTEGER) throw new SpopError(`the number before ${at} is too large`)
    }
    return number
  }
  const string = (): string => bytes(varint()).toString('latin1')
  const value = (): SpopValue => {
    const first = byte()
    switch (first & 0x0f) {
      case types.null:
        return null
      case types.boolean:
        return (first & trueFlag) !== 0
      case types.int32:
      case types.uint32:
      case types.int64:
      case types.uint64:
        return varint()
      case types.ipv4:
        return bytes(4)
      case types.ipv6:
        return bytes(16)
      case types.string:
        return string()
      case types.binary:
        return bytes(varint())
      default:
        throw new SpopError(`there is no type ${first & 0x0f}`)
    }
  }
  const rest = (): Buffer => bytes(buffer.length - at)
  return { isAtEnd: () => at === buffer.length, byte, varint, bytes, string, value, rest }
}

export const renderVarint = (number: number): Buffer => {
  if (number < inOneByte) return Buffer.of(number)
  const bytes = [inOneByte + (number % 16)]
  let rest = Math.floor((number - inOneByte) / 16)
  for (; rest >= 128; rest = Math.floor((rest - 128) / 128)) bytes.push(128 + (rest % 128))
  return Buffer.of(...bytes, rest)
}

const renderBytes = (bytes: Buffer): Buffer => Buffer.concat([renderVarint(bytes.length), bytes])

/** Each character is a byte, as in what HAProxy knows of HTTP. */
export const renderString = (text: string): Buffer => renderBytes(Buffer.from(text, 'latin1'))

export const renderValue = (value: SpopValue): Buffer => {
  if (value === null) return Buffer.of(types.null)
  if (typeof value === 'boolean') return Buffer.of(types.boolean + (value ? trueFlag : 0))
  if (typeof value === 'number') return Buffer.concat([Buffer.of(types.uint64), renderVarint(value)])
  if (typeof value === 'string') return Buffer.concat([Buffer.of(types.string), renderString(value)])
  return Buffer.concat([Buffer.of(types.binary), renderBytes(value)])
}
