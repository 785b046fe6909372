import type { Duplex } from 'node:stream'
import {
  createFrameParser,
  pieceBytes,
  readNumber,
  renderChannelFrame,
  renderNumber,
  windowBytes,
} from './channel-frames.ts'
import type { ChannelFrame, ChannelFrameKind } from './channel-frames.ts'

export interface ChannelsOptions {
  /** Frames go out here, in order. Credit limits how much of them can wait. */
  readonly send: (frame: Buffer) => void
  /** The other end has opened a channel. Only the relay is asked. */
  readonly connect?: (port: number) => Promise<Duplex>
  readonly onHello?: () => void
  /** The other end has given a channel up, and why. */
  readonly onReset?: (channel: number, reason: string) => void
}

/** Connections over one stream, both ways, none of them in the way of another. */
export interface Channels {
  /** What came from the other end. Throws where that is damaged. */
  readonly take: (chunk: Uint8Array) => void
  /** Carries the socket to a port on the other end. */
  readonly open: (port: number, socket: Duplex) => number
  /** Ends every connection. */
  readonly close: () => void
}

interface Channel {
  readonly id: number
  /** Absent until the relay has connected. */
  socket?: Duplex
  credit: number
  /** What came before the relay had connected. */
  readonly waiting: ChannelFrame[]
  wake: () => void
  isClosed: boolean
}

const mostChannels = 128

export const openChannels = (options: ChannelsOptions): Channels => {
  const channels = new Map<number, Channel>()
  const parse = createFrameParser()
  let lastId = 0
  const send = (kind: ChannelFrameKind, id: number, data?: Uint8Array): void =>
    options.send(renderChannelFrame(kind, id, data))
  const add = (id: number): Channel => {
    const channel: Channel = { id, credit: windowBytes, waiting: [], wake: () => undefined, isClosed: false }
    channels.set(id, channel)
    return channel
  }
  const drop = (channel: Channel): void => {
    channel.isClosed = true
    channels.delete(channel.id)
    channel.wake()
    channel.socket?.destroy()
  }
  const reset = (channel: Channel, reason: unknown): void => {
    if (channel.isClosed) return
    send('reset', channel.id, Buffer.from(reason instanceof Error ? reason.message : String(reason)))
    drop(channel)
  }
  const attach = (channel: Channel, socket: Duplex): void => {
    channel.socket = socket
    socket.on('error', (error) => reset(channel, error))
    // Both directions have ended, or it was cut off.
    socket.on('close', () => {
      if (socket.readableEnded && socket.writableFinished) drop(channel)
      else reset(channel, 'the connection was closed')
    })
    void pump(channel, socket, send)
    for (const frame of channel.waiting.splice(0)) receive(channel, frame)
  }
  const accept = async (frame: ChannelFrame): Promise<void> => {
    const channel = add(frame.channel)
    try {
      if (options.connect === undefined) throw new Error('no ports are reached from here')
      if (channels.size > mostChannels) throw new Error(`more than ${mostChannels} connections at once`)
      const socket = await options.connect(frame.data.length === 2 ? frame.data.readUInt16BE() : 0)
      if (channel.isClosed) socket.destroy()
      else attach(channel, socket)
    } catch (error) {
      reset(channel, error)
    }
  }
  const receive = (channel: Channel, frame: ChannelFrame): void => {
    const { kind, data } = frame
    const { socket } = channel
    if (kind === 'reset') {
      drop(channel)
      options.onReset?.(channel.id, data.toString())
    } else if (kind === 'credit') {
      channel.credit += readNumber(data)
      channel.wake()
    } else if (socket === undefined) channel.waiting.push(frame)
    else if (kind === 'end') socket.end()
    else if (kind === 'data' && socket.writable)
      socket.write(data, (error) => {
        if (!error && !channel.isClosed) send('credit', channel.id, renderNumber(data.length))
      })
  }
  return {
    take: (chunk) => {
      for (const frame of parse(chunk)) {
        const channel = channels.get(frame.channel)
        if (frame.kind === 'hello') options.onHello?.()
        else if (channel !== undefined) receive(channel, frame)
        else if (frame.kind === 'open') void accept(frame)
      }
    },
    open: (port, socket) => {
      const channel = add(++lastId)
      const data = Buffer.allocUnsafe(2)
      data.writeUInt16BE(port)
      send('open', channel.id, data)
      attach(channel, socket)
      return channel.id
    },
    close: () => {
      for (const channel of channels.values()) drop(channel)
    },
  }
}

/** What the socket says goes out as far as there is credit; until there is more it is not read. */
const pump = async (
  channel: Channel,
  socket: Duplex,
  send: (kind: ChannelFrameKind, id: number, data?: Uint8Array) => void,
): Promise<void> => {
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length && !channel.isClosed;) {
        if (channel.credit === 0) {
          await new Promise<void>((resolve) => {
            channel.wake = resolve
          })
          continue
        }
        const piece = chunk.subarray(start, start + Math.min(pieceBytes, channel.credit))
        channel.credit -= piece.length
        start += piece.length
        send('data', channel.id, piece)
      }
      if (channel.isClosed) return
    }
    if (!channel.isClosed) send('end', channel.id)
  } catch {
    // The socket says itself that it broke, and the channel is reset for it.
    return
  }
}
