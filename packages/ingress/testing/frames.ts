/** For tests: HTTP/2 as bytes (RFC 9113, 4.1), also as nobody should send it. */

export const types = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  reset: 0x3,
  settings: 0x4,
  push: 0x5,
  ping: 0x6,
  goaway: 0x7,
  window: 0x8,
  continuation: 0x9,
} as const

export const flags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const headBytes = 9

interface FrameParts {
  readonly flags?: number
  readonly stream?: number
  readonly payload?: Buffer
  /** What it says of its length, when that is not true. */
  readonly length?: number
}

export const frame = (
  type: number,
  { flags: bits = 0, stream = 0, payload = Buffer.alloc(0), length = payload.length }: FrameParts = {},
): Buffer => {
  const head = Buffer.alloc(headBytes)
  head.writeUIntBE(length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(bits, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Numbers of 32 bits. */
export const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => bytes.writeUInt32BE(value >>> 0, 4 * at))
  return bytes
}

export const settings = (...pairs: readonly (readonly [id: number, value: number])[]): Buffer => {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id & 0xff]), words(value)]))
  return frame(types.settings, { payload: Buffer.concat(payload) })
}

export type Field = readonly [name: string, value: string]

/** Literals that are not remembered and not compressed (RFC 7541, 6.2.2). */
export const pack = (fields: readonly Field[]): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), packText(name), packText(value)]))

/** A literal that is remembered (RFC 7541, 6.2.1): the newest is index 62. */
export const packRemembered = ([name, value]: Field): Buffer =>
  Buffer.concat([Buffer.from([0x40]), packText(name), packText(value)])

const packText = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([packNumber(bytes.length), bytes])
}

/** With a prefix of seven bits (RFC 7541, 5.1). */
const packNumber = (value: number): Buffer => {
  const most = 0x7f
  if (value < most) return Buffer.from([value])
  const bytes = [most]
  let rest = value - most
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Buffer.from([...bytes, rest])
}

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** The frames that are whole, and the bytes that are left. */
export const readFrames = (bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } => {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= headBytes) {
    const end = at + headBytes + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + headBytes, end),
    })
    at = end
  }
  return { frames, rest: bytes.subarray(at) }
}

const staticStatuses = [200, 204, 206, 304, 400, 404, 500]

/** Of a block as HAProxy writes it, which begins with the status and compresses no text; undefined when it does not. */
export const readStatus = (whole: Buffer): number | undefined => {
  // After a new size of the table (RFC 7541, 6.3), where it begins with one.
  const block = ((whole[0] ?? 0) & 0xe0) === 0x20 ? whole.subarray(1) : whole
  const first = block[0] ?? 0
  if (first >= 0x88 && first <= 0x8e) return staticStatuses[first - 0x88]
  const at = block.findIndex((byte, index) => index > 0 && byte === 3)
  const status = Number(block.subarray(at + 1, at + 4).toString())
  return at < 0 || Number.isNaN(status) ? undefined : status
}
