import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { Channels } from '@atoll/engine/relay'
import type { EnvironmentRef } from '@atoll/engine'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import type { PortPair } from './parse-ports.ts'

export interface Forwarding {
  readonly cluster: Cluster
  readonly ref: EnvironmentRef
  readonly taskId: string
  readonly pairs: readonly PortPair[]
  /** Connections are taken from now on, at these ports in the order of the pairs. */
  readonly onReady: (locals: readonly number[]) => void
  /** A connection was given up by the other end. */
  readonly onReset: (reason: string) => void
}

const loopback = '127.0.0.1'
const mostConnections = 128

/** Carries connections of this machine to a task, until the signal comes, or the other end is gone: then it throws. */
export const runForwarding = async (forwarding: Forwarding, signal: AbortSignal): Promise<void> => {
  const { cluster, ref, taskId, pairs, onReady, onReset } = forwarding
  const servers = await listenAll(pairs)
  const input = new PassThrough()
  let isReady = false
  using channels = new Channels({
    send: (frame) => void input.write(frame),
    onReset,
    onHello: () => {
      isReady = true
      onReady(servers.map(portOf))
    },
  })
  servers.forEach((server, at) => {
    server.on('connection', (socket: Socket) => {
      if (isReady) channels.open(pairs[at]?.remote ?? 0, socket.setNoDelay())
      else socket.destroy()
    })
  })
  try {
    const ports = [...new Set(pairs.map(({ remote }) => remote))]
    await cluster.forward({ ref, taskId, ports, input, output: (chunk) => channels.take(chunk) }, signal)
  } finally {
    for (const server of servers) server.close()
  }
}

const listenAll = async (pairs: readonly PortPair[]): Promise<readonly Server[]> => {
  const servers: Server[] = []
  try {
    for (const pair of pairs) servers.push(await listen(pair))
    return servers
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
}

const listen = async ({ local }: PortPair): Promise<Server> => {
  const server = createServer({ allowHalfOpen: true })
  server.maxConnections = mostConnections
  server.listen(local, loopback)
  try {
    await once(server, 'listening')
    return server
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE' ? 'it is taken' : String(cause)
    throw new CommandError('in-use', `listen at ${loopback}:${local}: ${why}`, {
      hint: 'name another with LOCAL:REMOTE, or let any free one be taken with :REMOTE',
      cause,
    })
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port
