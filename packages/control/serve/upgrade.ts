import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { EngineError } from '@atoll/engine'
import { readFrames, renderError, renderJsonFrame } from '@atoll/engine/remote'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ControlError } from '../errors.ts'
import type { Talk } from '../handlers/handler.ts'
import { toFailure } from '../to-failure.ts'

export interface Upgraded {
  readonly socket: Duplex
  readonly response: ServerResponse
  /** What came behind the request already. */
  readonly head: Buffer
}

const upgrades = new WeakMap<IncomingMessage, Upgraded>()
const protocol = 'atoll-exec'
const keepAliveMs = 10_000

/** Sends requests that want another protocol the way of all others, so that nobody gets past who may what. */
export const acceptUpgrades = (server: FastifyInstance): void => {
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(request.socket)
    response.on('finish', () => socket.end())
    socket.on('error', () => socket.destroy())
    request.socket.setKeepAlive(true, keepAliveMs)
    upgrades.set(request, { socket, response, head })
    server.routing(request, response)
  })
}

/** ControlError `upgrade-required` when the request does not ask for the protocol. */
export const getUpgrade = ({ raw, headers }: FastifyRequest): Upgraded => {
  const upgraded = upgrades.get(raw)
  if (upgraded !== undefined && headers.upgrade?.toLowerCase() === protocol) return upgraded
  throw new ControlError('upgrade-required', 'this address is for connections that become another protocol', {
    status: 426,
    hint: `send "Connection: Upgrade" and "Upgrade: ${protocol}"`,
  })
}

/**
 * The connection becomes frames, until the talk has ended, the other side is gone, or `ending` comes: the control stops, or who
 * asked may no longer. Never throws.
 */
export const talkOver = async (
  { socket, response, head }: Upgraded,
  talk: Talk,
  ending: AbortSignal,
): Promise<void> => {
  response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0])
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
  if (head.length > 0) socket.unshift(head)
  const gone = new AbortController()
  const stop = new AbortController()
  const end = (): void => stop.abort(describeEnd(ending.reason))
  const leave = (): void => gone.abort(new EngineError('timeout', 'who asked is gone', { retry: false }))
  ending.addEventListener('abort', end, { once: true })
  for (const event of ['close', 'end']) socket.once(event, leave)
  try {
    const frames = readFrames(socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    await talk({ frames, outgoing: socket, describe }, AbortSignal.any([gone.signal, stop.signal]))
  } catch (error) {
    if (!socket.writableEnded) socket.end(renderJsonFrame('error', renderError(describe(error))))
  } finally {
    ending.removeEventListener('abort', end)
    await finished(socket, { readable: false, signal: AbortSignal.timeout(lastWordsMs) }).catch(() => undefined)
    socket.destroy()
  }
}

const describeEnd = (reason: unknown): EngineError =>
  reason instanceof ControlError
    ? describe(reason)
    : new EngineError('unreachable', 'this control is stopping', { retry: false })

/** For the last frames to reach who asked. */
const lastWordsMs = 2_000

const describe = (cause: unknown): EngineError =>
  cause instanceof EngineError ? cause : new EngineError('refused', toFailure(cause).detail, { cause, retry: false })
