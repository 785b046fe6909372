import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  createFrameParser,
  pieceBytes,
  readNumber,
  renderChannelFrame,
  renderNumber,
  renderPort,
  readPort,
  windowBytes,
} from './channel-frames.ts'
import type { ChannelFrame, ChannelFrameKind } from './channel-frames.ts'

export interface ChannelsOptions {
  /** Frames go out here, in order. Credit limits how much of them can wait. */
  readonly send: (frame: Buffer) => void
  /** The other end has opened a channel. Only the relay is asked. */
  readonly connect?: (port: number) => Promise<Duplex>
  readonly onHello?: () => void
  /** The other end has given a connection up, and why. */
  readonly onReset?: (reason: string) => void
}

interface Channel {
  readonly id: number
  /** Absent until the relay has connected. */
  socket?: Duplex
  /** So many bytes more may be sent. */
  credit: number
  /** What came before the relay had connected. */
  readonly waiting: ChannelFrame[]
  wake: () => void
  isClosed: boolean
}

const mostChannels = 128

/** Connections over one stream, both ways, none of them in the way of another. */
export class Channels implements Disposable {
  readonly #options: ChannelsOptions
  readonly #parse = createFrameParser()
  readonly #channels = new Map<number, Channel>()
  #lastId = 0

  constructor(options: ChannelsOptions) {
    this.#options = options
  }

  /** What came from the other end. Throws where that is damaged. */
  take(chunk: Uint8Array): void {
    for (const frame of this.#parse(chunk)) {
      const channel = this.#channels.get(frame.channel)
      if (frame.kind === 'hello') this.#options.onHello?.()
      else if (channel !== undefined) this.#receive(channel, frame)
      else if (frame.kind === 'open') void this.#accept(frame)
    }
  }

  /** Carries the socket to a port on the other end. */
  open(port: number, socket: Duplex): void {
    const channel = this.#add(++this.#lastId)
    this.#send('open', channel.id, renderPort(port))
    this.#attach(channel, socket)
  }

  /** Ends every connection, without a word to the other end. */
  [Symbol.dispose](): void {
    for (const channel of this.#channels.values()) this.#drop(channel)
  }

  #send(kind: ChannelFrameKind, id: number, data?: Uint8Array): void {
    this.#options.send(renderChannelFrame(kind, id, data))
  }

  #add(id: number): Channel {
    const channel: Channel = { id, credit: windowBytes, waiting: [], wake: () => undefined, isClosed: false }
    this.#channels.set(id, channel)
    return channel
  }

  async #accept({ channel: id, data }: ChannelFrame): Promise<void> {
    const { connect } = this.#options
    const channel = this.#add(id)
    try {
      if (connect === undefined) throw new Error('no ports are reached from here')
      if (this.#channels.size > mostChannels) throw new Error(`more than ${mostChannels} connections at once`)
      const socket = await connect(readPort(data))
      if (channel.isClosed) cut(socket)
      else this.#attach(channel, socket)
    } catch (error) {
      this.#reset(channel, error)
    }
  }

  #attach(channel: Channel, socket: Duplex): void {
    channel.socket = socket
    const pumped = this.#pump(channel, socket)
    socket.on('error', (error) => this.#reset(channel, error))
    socket.on('close', () => {
      const hasEnded = socket.readableEnded && socket.writableFinished
      // What it said last may still be on its way.
      if (hasEnded) void pumped.then(() => this.#drop(channel))
      else this.#reset(channel, 'the connection was closed')
    })
    for (const frame of channel.waiting.splice(0)) this.#receive(channel, frame)
  }

  #receive(channel: Channel, frame: ChannelFrame): void {
    const { kind, data } = frame
    const { socket } = channel
    if (kind === 'reset') {
      this.#drop(channel)
      this.#options.onReset?.(data.toString())
    } else if (kind === 'credit') {
      channel.credit += readNumber(data)
      channel.wake()
    } else if (socket === undefined) channel.waiting.push(frame)
    else if (kind === 'end') socket.end()
    else if (kind === 'data' && socket.writable)
      socket.write(data, (error) => {
        if (!error && !channel.isClosed) this.#send('credit', channel.id, renderNumber(data.length))
      })
  }

  /** What the socket says goes out as far as there is credit; until there is more it is not read. */
  async #pump(channel: Channel, socket: Duplex): Promise<void> {
    try {
      for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        for (let start = 0; start < chunk.length;) {
          while (channel.credit === 0 && !channel.isClosed) await this.#awaitCredit(channel)
          if (channel.isClosed) return
          const piece = chunk.subarray(start, start + Math.min(pieceBytes, channel.credit))
          channel.credit -= piece.length
          start += piece.length
          this.#send('data', channel.id, piece)
        }
      }
      if (!channel.isClosed) this.#send('end', channel.id)
    } catch {
      // The socket says itself that it broke, and the channel is reset for it.
      return
    }
  }

  #awaitCredit(channel: Channel): Promise<void> {
    return new Promise((resolve) => {
      channel.wake = resolve
    })
  }

  #reset(channel: Channel, reason: unknown): void {
    if (channel.isClosed) return
    this.#send('reset', channel.id, Buffer.from(reason instanceof Error ? reason.message : String(reason)))
    this.#drop(channel)
  }

  #drop(channel: Channel): void {
    channel.isClosed = true
    this.#channels.delete(channel.id)
    channel.wake()
    if (channel.socket !== undefined) cut(channel.socket)
  }
}

/** Not as if it had ended well: who is at the other end of a TCP connection sees that it was cut off. */
const cut = (socket: Duplex): void => {
  if (socket instanceof Socket && !socket.destroyed && !socket.writableFinished) socket.resetAndDestroy()
  else socket.destroy()
}
