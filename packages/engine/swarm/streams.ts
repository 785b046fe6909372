import type { Readable } from 'node:stream'
import { EngineError } from '../errors.ts'

const maxPieceBytes = 16 * 1024 * 1024

/** JSON values the engine writes one after the other, one per line. */
export async function* readJsonLines(stream: Readable): AsyncIterable<unknown> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxPieceBytes) throw new EngineError('invalid', 'read the engine: a line of its reply has no end')
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
  if (rest.trim() !== '') yield JSON.parse(rest)
}

export interface Chunk {
  readonly stream: 'stdout' | 'stderr' | 'error'
  readonly data: Buffer
}

const headerBytes = 8
const streamNames: Readonly<Record<number, Chunk['stream']>> = { 0: 'stdout', 1: 'stdout', 2: 'stderr', 3: 'error' }

/**
 * Takes apart what the engine sends of a container without a terminal: frames of stream number, three zero bytes, length
 * (32 bits, most significant byte first) and data. Stream 3 is an error of the engine itself.
 */
export async function* readFrames(stream: AsyncIterable<Buffer>): AsyncIterable<Chunk> {
  let buffer: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    while (buffer.length >= headerBytes) {
      const name = streamNames[buffer[0] ?? 0]
      const end = headerBytes + buffer.readUInt32BE(4)
      if (name === undefined || end > maxPieceBytes)
        throw new EngineError('invalid', 'read the output of a container: the stream is damaged')
      if (buffer.length < end) break
      yield { stream: name, data: buffer.subarray(headerBytes, end) }
      buffer = buffer.subarray(end)
    }
  }
}
