import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { flags, frame, preface, readFrames, readStatus, settings, types, words } from './frames.ts'
import type { Frame } from './frames.ts'

/** Longer than anything here waits by itself. */
const patienceMs = 20_000

export interface TalkOptions {
  /** Of TLS, or of HTTP/1.1. */
  readonly port: number
  readonly servername: string
}

/** What came of a conversation, as words to compare: `1: 200`, `1: reset 1`, `goaway 1`, `closed`, `silence`. */
export type Outcome = readonly string[]

interface Speech {
  readonly bytes: readonly Buffer[]
  /** Streams that are to be answered or reset. */
  readonly streams: readonly number[]
  /** Without preface and settings. */
  readonly isBare?: boolean
}

const fence = Buffer.from('12345678')

/**
 * Says it, and a PING after it: what was said before that one has been looked at when it is answered. What is read is made room
 * for at once, byte by byte.
 */
export const talkHttp2 = async (options: TalkOptions, { bytes, streams, isBare = false }: Speech): Promise<Outcome> => {
  const socket = connectTls({
    host: '127.0.0.1',
    port: options.port,
    servername: options.servername,
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  })
  const open = new Set(streams)
  const told = new Map<string, string>()
  let isFenced = false
  const note = (each: Frame): void => {
    if (each.type === types.goaway) told.set('goaway', `goaway ${each.payload.readUInt32BE(4)}`)
    if (each.type === types.ping && (each.flags & flags.ack) > 0 && each.payload.equals(fence)) isFenced = true
    if (each.type === types.reset) {
      if (!told.has(`${each.stream}`))
        told.set(`${each.stream}`, `${each.stream}: reset ${each.payload.readUInt32BE(0)}`)
      open.delete(each.stream)
    }
    if (each.type === types.headers) {
      const status = readStatus(each.payload)
      if (!told.has(`${each.stream}`)) told.set(`${each.stream}`, `${each.stream}: ${status}`)
    }
    if (each.type === types.data && each.payload.length > 0) {
      const payload = words(each.payload.length)
      socket.write(Buffer.concat([each.stream, 0].map((stream) => frame(types.window, { stream, payload }))))
    }
    const isLast = (each.type === types.headers || each.type === types.data) && (each.flags & flags.endStream) > 0
    if (isLast) open.delete(each.stream)
  }
  const isOver = (): boolean => told.has('goaway') || (isFenced && open.size === 0)
  await once(socket, 'secureConnect')
  const end = read(socket, note, isOver)
  socket.write(
    Buffer.concat([...(isBare ? [] : [preface, settings()]), ...bytes, frame(types.ping, { payload: fence })]),
  )
  const how = await end
  socket.destroy()
  return [...[...told.values()].toSorted(), ...(how === 'over' ? [] : told.has('goaway') ? [] : [how])]
}

const read = (
  socket: Socket,
  note: (frame: Frame) => void,
  isOver: () => boolean,
): Promise<'over' | 'closed' | 'silence'> => {
  const { promise, resolve } = Promise.withResolvers<'over' | 'closed' | 'silence'>()
  let rest = Buffer.alloc(0)
  socket.setTimeout(patienceMs, () => resolve('silence'))
  socket.on('error', () => resolve('closed'))
  socket.on('close', () => resolve('closed'))
  socket.on('data', (chunk: Buffer) => {
    const seen = readFrames(Buffer.concat([rest, chunk]))
    rest = Buffer.from(seen.rest)
    for (const each of seen.frames) note(each)
    if (isOver()) resolve('over')
  })
  return promise
}

/** Says it and nothing more; the statuses that came until the end. */
export const talkHttp1 = async (port: number, text: string | Buffer): Promise<Outcome> => {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const chunks: Buffer[] = []
  let how = 'closed'
  socket.setTimeout(patienceMs, () => {
    how = 'silence'
    socket.destroy()
  })
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.on('end', () => socket.destroy())
  socket.end(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  await once(socket, 'close')
  const statuses = Buffer.concat(chunks)
    .toString('latin1')
    .matchAll(/HTTP\/1\.[01] (\d{3})/g)
  return [...[...statuses].map(([, status = '']) => status), ...(how === 'silence' ? [how] : [])]
}
