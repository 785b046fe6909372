import { EngineError } from '../errors.ts'

/**
 * What `exec` sends both ways: frames of kind (one byte), length (32 bits, most significant byte first) and data. The caller
 * begins with `start` (JSON, execStartShape), then sends `input`, `input-end` and `resize` (JSON, sizeShape); the agent
 * sends `stdout` and `stderr`, `alive` (empty) now and then, and last `exit` (JSON, exitShape) or `error` (JSON, errorShape).
 */
const kinds = ['start', 'input', 'input-end', 'resize', 'stdout', 'stderr', 'exit', 'error', 'alive'] as const
export type FrameKind = (typeof kinds)[number]

export interface Frame {
  readonly kind: FrameKind
  readonly data: Buffer
}

const headerBytes = 5
/** Longer data travels as several frames. */
const pieceBytes = 256 * 1024
const maxFrameBytes = 1024 * 1024

export const renderFrame = (kind: FrameKind, data: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(headerBytes + data.length)
  frame.writeUInt8(kinds.indexOf(kind), 0)
  frame.writeUInt32BE(data.length, 1)
  frame.set(data, headerBytes)
  return frame
}

export const renderJsonFrame = (kind: FrameKind, value: unknown): Buffer =>
  renderFrame(kind, Buffer.from(JSON.stringify(value)))

/** Frames of data of any length, each a copy: what was given may be used again. */
export function* cutFrames(kind: FrameKind, data: Uint8Array): Generator<Buffer, void> {
  for (let start = 0; start < data.length; start += pieceBytes) {
    yield renderFrame(kind, data.subarray(start, start + pieceBytes))
  }
}

/** Ends with the stream; a stream that ends inside of a frame is EngineError `unreachable`, one of other bytes `invalid`. */
export async function* readFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame, void> {
  let buffer: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    while (buffer.length >= headerBytes) {
      const kind = kinds[buffer[0] ?? 0]
      const end = headerBytes + buffer.readUInt32BE(1)
      if (kind === undefined || end > maxFrameBytes + headerBytes)
        throw new EngineError('invalid', 'read frames of an exec: the stream is damaged')
      if (buffer.length < end) break
      yield { kind, data: buffer.subarray(headerBytes, end) }
      buffer = buffer.subarray(end)
    }
  }
  if (buffer.length > 0) throw new EngineError('unreachable', 'read frames of an exec: the stream was cut')
}
