import { EngineError } from '../errors.ts'

/** Of one item. */
const maxItemBytes = 16 * 1024 * 1024
const quote = 0x22
const backslash = 0x5c

/**
 * Items of a JSON array of objects, each parsed as soon as it has come. Ten thousand tasks are 25 MB; an agent has no room for
 * them all at once, as text and as objects.
 */
export async function* readArray(stream: AsyncIterable<Buffer>): AsyncIterable<unknown> {
  const place: Place = { depth: 0, isText: false, isEscaped: false }
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    let from = 0
    for (let edge = findEdge(chunk, from, place); edge < chunk.length; edge = findEdge(chunk, edge + 1, place)) {
      if (place.depth === 2) {
        from = edge
        continue
      }
      yield JSON.parse(Buffer.concat([...pieces, chunk.subarray(from, edge + 1)]).toString())
      pieces = []
      bytes = 0
    }
    if (place.depth < 2) continue
    pieces.push(chunk.subarray(from))
    bytes += chunk.length - from
    if (bytes > maxItemBytes) throw new EngineError('invalid', 'read a list of the engine: an item has no end')
  }
  if (place.depth > 0) throw new EngineError('unreachable', 'read a list of the engine: it broke off', { retry: true })
}

/** How deep in braces and brackets a byte is: items are at 2. */
interface Place {
  depth: number
  isText: boolean
  isEscaped: boolean
}

/**
 * Where the next item begins or ends; the end of the chunk when it does not in there. Bytes of braces, brackets and quotes are
 * no part of any other character. Local variables, as it goes through every byte.
 */
const findEdge = (chunk: Buffer, from: number, place: Place): number => {
  let { depth, isText, isEscaped } = place
  let index = from
  for (let isEdge = false; index < chunk.length; index += 1) {
    const byte = chunk[index] ?? 0
    if (isEscaped) isEscaped = false
    else if (isText && byte === backslash) isEscaped = true
    else if (byte === quote) isText = !isText
    else if (!isText && isOpening(byte)) isEdge = (depth += 1) === 2
    else if (!isText && isClosing(byte)) isEdge = (depth -= 1) === 1
    if (isEdge) break
  }
  Object.assign(place, { depth, isText, isEscaped })
  return index
}

/** `{` and `[`, and `}` and `]`, differ in one bit. */
const isOpening = (byte: number): boolean => (byte | 0x20) === 0x7b
const isClosing = (byte: number): boolean => (byte | 0x20) === 0x7d
