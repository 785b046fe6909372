/**
 * What both ends of a forwarding say to each other, as frames of kind (one byte), channel and length (32 bits each, most
 * significant byte first) and data. The relay begins with `hello`; then one end opens channels, and both send on them:
 * - `open`: the port (16 bits).
 * - `data`: never more of it than the other end has given credit for; each begins with `windowBytes`.
 * - `credit`: so many bytes more (32 bits), once what came before was taken.
 * - `end`: no more data from here; the other direction goes on.
 * - `reset`: the channel is gone, with the reason as text.
 */
const kinds = ['hello', 'open', 'data', 'credit', 'end', 'reset'] as const
export type ChannelFrameKind = (typeof kinds)[number]

export interface ChannelFrame {
  readonly kind: ChannelFrameKind
  readonly channel: number
  readonly data: Buffer
}

const headerBytes = 9
export const pieceBytes = 64 * 1024
export const windowBytes = 512 * 1024

export const renderChannelFrame = (kind: ChannelFrameKind, channel: number, data: Uint8Array = empty): Buffer => {
  const frame = Buffer.allocUnsafe(headerBytes + data.length)
  frame.writeUInt8(kinds.indexOf(kind), 0)
  frame.writeUInt32BE(channel, 1)
  frame.writeUInt32BE(data.length, 5)
  frame.set(data, headerBytes)
  return frame
}

const empty = new Uint8Array()

export const renderNumber = (value: number): Buffer => {
  const data = Buffer.allocUnsafe(4)
  data.writeUInt32BE(value)
  return data
}

export const readNumber = (data: Buffer): number => (data.length === 4 ? data.readUInt32BE() : 0)

export const renderPort = (port: number): Buffer => {
  const data = Buffer.allocUnsafe(2)
  data.writeUInt16BE(port)
  return data
}

/** 0, which nobody listens at, for what is no port. */
export const readPort = (data: Buffer): number => (data.length === 2 ? data.readUInt16BE() : 0)

/** Takes pieces of a stream and gives the frames that became whole. Throws where it is damaged. */
export const createFrameParser = (): ((chunk: Uint8Array) => readonly ChannelFrame[]) => {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    const frames: ChannelFrame[] = []
    while (rest.length >= headerBytes) {
      const kind = kinds[rest[0] ?? 0]
      const length = rest.readUInt32BE(5)
      if (kind === undefined || length > windowBytes) throw new Error('the stream of a forwarding is damaged')
      if (rest.length < headerBytes + length) break
      const data = rest.subarray(headerBytes, headerBytes + length)
      frames.push({ kind, channel: rest.readUInt32BE(1), data })
      rest = rest.subarray(headerBytes + length)
    }
    return frames
  }
}
