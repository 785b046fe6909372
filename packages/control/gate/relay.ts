import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { renderProxyLine } from './proxy-line.ts'

export interface Target {
  /** Resolved anew for each connection: controls come and go. */
  readonly host: string
  readonly port: number
}

/** So many at once; more wait in the kernel's queue. */
const maxConnections = 1_000
/** A control that does not take the connection by then is passed over. */
const connectTimeoutMs = 2_000

/**
 * Passes each connection on, byte by byte, to the first address of the target that takes it, beginning with any, and says
 * first whose it is. It sees nothing of what is said: TLS is between the client and the control.
 */
export const openRelay = ({ host, port }: Target): Server => {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => client.destroy())
    void passOn(client, { host, port })
  })
  server.maxConnections = maxConnections
  return server
}

const passOn = async (client: Socket, target: Target): Promise<void> => {
  // Who is gone by the time a control is found has no address any more.
  const line = renderProxyLine(client)
  const control = await connectAny(target)
  if (control === undefined) return void client.resetAndDestroy()
  control.write(line)
  // Either side may be done before the other; an error of one ends both.
  await Promise.allSettled([pipeline(client, control), pipeline(control, client)])
}

const connectAny = async ({ host, port }: Target): Promise<Socket | undefined> => {
  const found = await lookup(host, { all: true }).catch(() => [])
  for (const { address } of shuffle(found)) {
    const socket = await tryConnect(address, port)
    if (socket !== undefined) return socket
  }
  return undefined
}

const tryConnect = async (address: string, port: number): Promise<Socket | undefined> => {
  const socket = connect({ host: address, port, allowHalfOpen: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) })
    return socket
  } catch {
    socket.destroy()
    return undefined
  }
}

const shuffle = <T>(list: readonly T[]): readonly T[] =>
  list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
