import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { linePrefix, maxLineBytes, parseProxyLine } from './proxy-line.ts'

export interface DoorOptions {
  /** Whether a gate of the platform is at this address. Asked only when somebody says to speak for another. */
  readonly isGate: (address: string) => Promise<boolean>
  /** Somebody who is no gate spoke for another, or a gate said what nobody understands; the connection was ended. */
  readonly onRefused: (address: string) => void
  /** Who connects and says nothing has to go after so long. */
  readonly helloMs: number
}

/**
 * Before TLS begins a gate may say whom it speaks for; requests then come from there. A line of anybody else ends the
 * connection, and so nobody but a gate can come from another's address.
 */
export const openDoor = (server: Server, options: DoorOptions): void => {
  const told = new Map<string, string>()
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const pass = (): void => listeners.forEach((listener) => Reflect.apply(listener, server, [socket]))
    socket.on('error', () => socket.destroy())
    void admit(socket, { ...options, told }).then((isIn) => (isIn ? pass() : socket.destroy()))
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    const address = told.get(nameOf(socket))
    if (address !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: address })
  })
}

/** Of a connection: while it is open no other has it. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

interface Admission extends DoorOptions {
  readonly told: Map<string, string>
}

const admit = async (socket: Socket, { isGate, onRefused, helloMs, told }: Admission): Promise<boolean> => {
  const line = await readLine(socket, helloMs)
  if (line === undefined) return !socket.destroyed
  const from = socket.remoteAddress ?? ''
  const parsed = parseProxyLine(line)
  if (parsed === undefined || !(await isGate(from))) {
    onRefused(from)
    return false
  }
  const name = nameOf(socket)
  if (parsed.address !== undefined) told.set(name, parsed.address)
  socket.once('close', () => told.delete(name))
  return !socket.destroyed
}

/** The line, without its end, when there is one; whatever comes behind it, or all of it, is left in the socket. */
const readLine = async (socket: Socket, helloMs: number): Promise<string | undefined> => {
  const timer = setTimeout(() => socket.destroy(), helloMs)
  let bytes = Buffer.alloc(0)
  try {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) bytes = Buffer.concat([bytes, chunk])
      const seen = look(bytes)
      if (seen.kind !== 'more') {
        const line = seen.kind === 'line' ? seen.line : undefined
        putBack(socket, bytes.subarray(line === undefined ? 0 : line.length + 2))
        return line
      }
      if (!(await untilReadable(socket))) return undefined
    }
  } finally {
    clearTimeout(timer)
  }
}

type Seen = { readonly kind: 'none' | 'more' } | { readonly kind: 'line'; readonly line: string }

/** One that is too long or never ends is given on as it is, and TLS refuses it. */
const look = (bytes: Buffer): Seen => {
  const begins = bytes.toString('latin1', 0, linePrefix.length)
  if (bytes.length > 0 && !linePrefix.startsWith(begins)) return { kind: 'none' }
  const end = bytes.indexOf('\r\n')
  if (end >= 0 && end + 2 <= maxLineBytes) return { kind: 'line', line: bytes.toString('latin1', 0, end) }
  return { kind: bytes.length >= maxLineBytes ? 'none' : 'more' }
}

const putBack = (socket: Socket, bytes: Buffer): void => {
  if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes)
}

/** False: nothing comes any more. */
const untilReadable = (socket: Socket): Promise<boolean> =>
  new Promise((resolve) => {
    if (socket.destroyed || socket.readableEnded) return resolve(false)
    const settle = (isOpen: boolean) => (): void => {
      for (const [event, listener] of listeners) socket.off(event, listener)
      resolve(isOpen)
    }
    const listeners = [
      ['readable', settle(true)],
      ['end', settle(false)],
      ['close', settle(false)],
    ] as const
    for (const [event, listener] of listeners) socket.once(event, listener)
  })
