import { EngineError } from '../errors.ts'
import type { Outlet } from './outlet.ts'

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
const maxFrameBytes = 1024 * 1024

export const renderFrame = (kind: FrameKind, data: Uint8Array): Buffer =>
  Buffer.concat([renderHeader(kind, data.length), data])

const renderHeader = (kind: FrameKind, length: number): Buffer => {
  const header = Buffer.allocUnsafe(headerBytes)
  header.writeUInt8(kinds.indexOf(kind), 0)
  header.writeUInt32BE(length, 1)
  return header
}

export const renderJsonFrame = (kind: FrameKind, value: unknown): Buffer =>
  renderFrame(kind, Buffer.from(JSON.stringify(value)))

/**
 * Data of any length as frames, none when there is none; resolves once all of it is a copy on its way: what was given may be
 * used again. Throws the reason of the outlet's signal.
 */
export const writeData = async (outlet: Outlet, kind: FrameKind, data: Uint8Array): Promise<void> => {
  for (let start = 0; start < data.length && !outlet.isClosed;) {
    const room = outlet.room - headerBytes
    if (room < 1) {
      await outlet.awaitRoom()
      continue
    }
    const piece = data.subarray(start, start + room)
    outlet.put(renderHeader(kind, piece.length))
    outlet.put(piece)
    outlet.flush()
    start += piece.length
  }
}

/** Their data is a stream of its own, so it is passed on as it comes; frames of the other kinds are whole. */
const flowing: ReadonlySet<FrameKind> = new Set(['input', 'stdout', 'stderr'])

/** Data of a frame that has not come yet. */
interface Flow {
  readonly kind: FrameKind
  readonly missingBytes: number
}

interface Step {
  readonly frame?: Frame
  readonly flow?: Flow | undefined
  readonly rest: Buffer
}

/**
 * Data of `input`, `stdout` and `stderr` comes in pieces of any length. Ends with the stream; a stream that ends inside of a
 * frame is EngineError `unreachable`, one of other bytes `invalid`.
 */
export async function* readFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame, void> {
  let rest: Buffer = Buffer.alloc(0)
  let flow: Flow | undefined
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const step = flow === undefined ? takeFrame(rest) : takePiece(rest, flow)
      if (step === undefined) break
      rest = step.rest
      flow = step.flow
      if (step.frame !== undefined) yield step.frame
    }
  }
  if (rest.length > 0 || flow !== undefined)
    throw new EngineError('unreachable', 'read frames of an exec: the stream was cut')
}

/** Undefined: not all of it is there. */
const takeFrame = (buffer: Buffer): Step | undefined => {
  if (buffer.length < headerBytes) return undefined
  const kind = kinds[buffer[0] ?? 0]
  const length = buffer.readUInt32BE(1)
  if (kind === undefined || length > maxFrameBytes)
    throw new EngineError('invalid', 'read frames of an exec: the stream is damaged')
  if (flowing.has(kind) && length > 0)
    return { flow: { kind, missingBytes: length }, rest: buffer.subarray(headerBytes) }
  const end = headerBytes + length
  if (buffer.length < end) return undefined
  return { frame: { kind, data: buffer.subarray(headerBytes, end) }, rest: buffer.subarray(end) }
}

const takePiece = (buffer: Buffer, { kind, missingBytes }: Flow): Step | undefined => {
  if (buffer.length === 0) return undefined
  const data = buffer.subarray(0, missingBytes)
  const flow = data.length < missingBytes ? { kind, missingBytes: missingBytes - data.length } : undefined
  return { frame: { kind, data }, flow, rest: buffer.subarray(data.length) }
}
