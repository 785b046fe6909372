import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { windowBytes } from './channel-frames.ts'
import { Channels } from './channels.ts'
import { connectLoopback, runRelay } from './relay.ts'

interface Listening extends Disposable {
  readonly port: number
}

const listen = async (answer: (socket: Socket) => void): Promise<Listening> => {
  const server = createServer({ allowHalfOpen: true }, answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() }
}

/** Both ends of a forwarding to these ports, with what leads to each of them. */
const openEnds = async (ports: readonly number[]) => {
  const resets: string[] = []
  const input = new PassThrough()
  let isReady = false
  const channels = new Channels({
    send: (frame) => void input.write(frame),
    onReset: (reason) => void resets.push(reason),
    onHello: () => (isReady = true),
  })
  const relay = runRelay({ ports, connect: connectLoopback, input, send: (frame) => channels.take(frame) })
  expect(isReady).toBe(true)
  const doors: Listening[] = []
  return {
    resets,
    dial: async (port: number): Promise<Socket> => {
      const door = await listen((socket) => channels.open(port, socket))
      doors.push(door)
      // What happens to a connection shows at its end.
      return connect({ port: door.port, allowHalfOpen: true }).on('error', () => undefined)
    },
    async [Symbol.asyncDispose]() {
      input.end()
      await relay
      channels[Symbol.dispose]()
      for (const door of doors) door[Symbol.dispose]()
    },
  }
}

describe('a forwarding', () => {
  it('carries bytes both ways, and the end of each direction by itself', async () => {
    using server = await listen((socket) => {
      void buffer(socket).then((heard) => socket.end(Buffer.from(heard).reverse()))
    })
    await using ends = await openEnds([server.port])
    const socket = await ends.dial(server.port)
    const sent = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251))
    socket.end(sent)
    expect(Buffer.compare(await buffer(socket), Buffer.from(sent).reverse())).toBe(0)
    expect(ends.resets).toEqual([])
  })

  it('holds little of what nobody takes, and lets other connections go on meanwhile', async () => {
    const count = { written: 0 }
    using endless = await listen((socket) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024))) count.written += 64 * 1024
      }
      socket.on('drain', write).on('error', () => undefined)
      write()
    })
    using echo = await listen((socket) => void socket.pipe(socket))
    await using ends = await openEnds([endless.port, echo.port])
    const stuck = await ends.dial(endless.port)
    stuck.pause()
    for (let round = 0; round < 20; round += 1) {
      const socket = await ends.dial(echo.port)
      socket.end(`round ${round}`)
      expect((await buffer(socket)).toString()).toBe(`round ${round}`)
    }
    // What the kernel keeps for the two sockets comes on top of the window.
    expect(count.written).toBeGreaterThan(0)
    expect(count.written).toBeLessThan(windowBytes + 24 * 1024 ** 2)
    stuck.destroy()
  })

  it('is refused where nobody listens, and at ports that were not asked for', async () => {
    using server = await listen((socket) => socket.end())
    const closed = await listen(() => undefined)
    closed[Symbol.dispose]()
    await using ends = await openEnds([closed.port])
    for (const port of [closed.port, server.port]) {
      const socket = await ends.dial(port)
      socket.resume()
      await expect(once(socket, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' })
    }
    expect(ends.resets[0]).toContain('ECONNREFUSED')
    expect(ends.resets[1]).toContain('not one of those')
  })

  it('ends its connections with its input', async () => {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    using server = await listen((socket) => {
      begun.resolve()
      socket.on('error', () => undefined).on('close', () => ended.resolve())
      socket.resume()
    })
    const ends = await openEnds([server.port])
    const socket = await ends.dial(server.port)
    socket.write('hello')
    await begun.promise
    await ends[Symbol.asyncDispose]()
    expect(await ended.promise).toBeUndefined()
  })
})
