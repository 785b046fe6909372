import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { renderChannelFrame } from './channel-frames.ts'
import { Channels } from './channels.ts'

export interface RelayOptions {
  /** The only ones that can be reached. */
  readonly ports: readonly number[]
  readonly connect: (port: number) => Promise<Duplex>
  readonly input: AsyncIterable<Uint8Array>
  readonly send: (frame: Buffer) => void
}

/** The end of a forwarding that is beside the task: connects where the other end wants, until the input ends. */
export const runRelay = async ({ ports, connect, input, send }: RelayOptions): Promise<void> => {
  const allowed = new Set(ports)
  using channels = new Channels({
    send,
    connect: async (port) => {
      if (allowed.has(port)) return connect(port)
      throw new Error(`port ${port} is not one of those that were asked for`)
    },
  })
  send(renderChannelFrame('hello', 0))
  for await (const chunk of input) channels.take(chunk)
}

/** Of the network it runs in: a server may listen for one family alone. */
export const connectLoopback = async (port: number): Promise<Socket> => {
  try {
    return await connectTo('127.0.0.1', port)
  } catch (error) {
    return connectTo('::1', port).catch(() => {
      throw error
    })
  }
}

const connectTo = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
