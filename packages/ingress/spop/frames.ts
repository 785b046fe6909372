import { readerOf, renderString, renderValue, renderVarint, SpopError, type Reader, type SpopValue } from './values.ts'

/** What HAProxy and an agent send each other (SPOP 2.0, 3.2). HAProxy sends those that begin with it, and `notify`. */
const codes = {
  'haproxy-hello': 1,
  'haproxy-disconnect': 2,
  notify: 3,
  'agent-hello': 101,
  'agent-disconnect': 102,
  ack: 103,
} as const

export interface Frame {
  readonly kind: keyof typeof codes
  /** Of a `notify`, and of the `ack` to it; 0 of others. */
  readonly streamId: number
  readonly frameId: number
  readonly payload: Buffer
}

/** What HAProxy tells, by name. */
export interface SpopMessage {
  readonly name: string
  readonly values: Readonly<Record<string, SpopValue>>
}

const lengthBytes = 4
const isFinal = 1

/** A frame as it goes over the line, its length first. */
export const renderFrame = ({ kind, streamId, frameId, payload }: Frame): Buffer => {
  const head = Buffer.alloc(lengthBytes + 5)
  const ids = [renderVarint(streamId), renderVarint(frameId)]
  const frame = Buffer.concat([head, ...ids, payload])
  frame.writeUInt32BE(frame.length - lengthBytes)
  frame.writeUInt8(codes[kind], lengthBytes)
  frame.writeUInt32BE(isFinal, lengthBytes + 1)
  return frame
}

/** One without its length. Throws SpopError, also of one that comes in parts: an agent that does not offer to take them gets none. */
export const parseFrame = (bytes: Buffer): Frame => {
  const reader = readerOf(bytes)
  const code = reader.byte()
  const kind = (Object.keys(codes) as readonly (keyof typeof codes)[]).find((each) => codes[each] === code)
  if (kind === undefined) throw new SpopError(`there is no frame ${code}`)
  if (reader.bytes(4).readUInt32BE() !== isFinal) throw new SpopError('a frame in parts')
  return { kind, streamId: reader.varint(), frameId: reader.varint(), payload: reader.rest() }
}

/**
 * Frames of what comes over the line, in pieces of any size; what is left waits for the next piece. The reader throws SpopError of a
 * frame that is longer than `mostBytes`.
 */
export const frameReader = (mostBytes: number): ((piece: Buffer) => readonly Frame[]) => {
  let waiting: Buffer = Buffer.alloc(0)
  return (piece) => {
    waiting = waiting.length === 0 ? piece : Buffer.concat([waiting, piece])
    const frames: Frame[] = []
    while (waiting.length >= lengthBytes) {
      const length = waiting.readUInt32BE()
      if (length > mostBytes) throw new SpopError(`a frame has ${length} bytes, and may have ${mostBytes}`)
      if (waiting.length < lengthBytes + length) break
      frames.push(parseFrame(waiting.subarray(lengthBytes, lengthBytes + length)))
      waiting = waiting.subarray(lengthBytes + length)
    }
    return frames
  }
}

/** Of a frame that says hello or goodbye. Throws SpopError. */
export const parseItems = (payload: Buffer): Readonly<Record<string, SpopValue>> => {
  const reader = readerOf(payload)
  const items: [string, SpopValue][] = []
  while (!reader.isAtEnd()) items.push(parseItem(reader))
  return Object.fromEntries(items)
}

const parseItem = (reader: Reader): [string, SpopValue] => [reader.string(), reader.value()]

export const renderItems = (items: Readonly<Record<string, SpopValue>>): Buffer =>
  Buffer.concat(Object.entries(items).flatMap(([name, value]) => [renderString(name), renderValue(value)]))

/** Of a `notify`. Throws SpopError. */
export const parseMessages = (payload: Buffer): readonly SpopMessage[] => {
  const reader = readerOf(payload)
  const messages: SpopMessage[] = []
  while (!reader.isAtEnd()) {
    const name = reader.string()
    const items = Array.from({ length: reader.byte() }, () => parseItem(reader))
    messages.push({ name, values: Object.fromEntries(items) })
  }
  return messages
}

export const renderMessages = (messages: readonly SpopMessage[]): Buffer =>
  Buffer.concat(
    messages.flatMap(({ name, values }) => [
      renderString(name),
      Buffer.of(Object.keys(values).length),
      renderItems(values),
    ]),
  )

const [setVariable, argumentsOfIt, ofTransaction] = [1, 3, 2]

/** Of an `ack`: variables of the transaction. HAProxy knows them as `txn.PREFIX.NAME`, and those alone that its configuration names. */
export const renderVariables = (variables: Readonly<Record<string, SpopValue>>): Buffer =>
  Buffer.concat(
    Object.entries(variables).flatMap(([name, value]) => [
      Buffer.of(setVariable, argumentsOfIt, ofTransaction),
      renderString(name),
      renderValue(value),
    ]),
  )

/** Names and values of headers, as HAProxy's `req.hdrs_bin` has them: names in lower case, an empty name ends them. Throws SpopError. */
export const parseHeaders = (bytes: Buffer): readonly (readonly [name: string, value: string])[] => {
  const reader = readerOf(bytes)
  const headers: [string, string][] = []
  for (;;) {
    const header: [string, string] = [reader.string(), reader.string()]
    if (header[0] === '') return headers
    headers.push(header)
  }
}
