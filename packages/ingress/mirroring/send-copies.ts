import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http'
import { openPlaces, type PlacesOptions } from '../asking/places.ts'
import { answeredHeader, type MirrorOrder } from './order.ts'
import type { Copy } from './parse-copy.ts'

/**
 * What became of a copy. `dropped`: there was no place for it in time. `failed`: no task has answered it in time. Both are the end of it,
 * for it is not sent again.
 */
export type Fate = 'sent' | 'dropped' | 'failed'

export interface CopySender extends Disposable {
  /** Never throws, and is over after `patienceMs`. */
  readonly send: (order: MirrorOrder, copy: Copy) => Promise<Fate>
}

interface Options {
  /** Where HAProxy takes copies. */
  readonly socketPath: string
  readonly limits: PlacesOptions
  /** For all of a copy: until it has a place, and until its answer has ended. */
  readonly patienceMs: number
}

/** Connections that wait for a copy, and for how long. */
const [mostFree, freeMs] = [16, 20_000]

/** Of an answer, that nobody reads: then it is left. */
const mostAnswerBytes = 1_000_000

export const createCopySender = ({ socketPath, limits, patienceMs }: Options): CopySender => {
  const agent = new Agent({ keepAlive: true, maxSockets: limits.most, maxFreeSockets: mostFree, timeout: freeMs })
  const places = openPlaces(limits)
  return {
    send: async ({ to }, copy) => {
      const over = new AbortController()
      const timer = setTimeout(() => over.abort(), patienceMs)
      try {
        using place = await places.enter(to, over.signal)
        return place === undefined ? 'dropped' : await send(copy, { socketPath, agent, signal: over.signal })
      } catch {
        return 'failed'
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

interface Sending {
  readonly socketPath: string
  readonly agent: Agent
  readonly signal: AbortSignal
}

/** Until its answer has ended, so that the task sees a client that stays; one that goes on for longer has been sent as well. */
const send = async ({ method, path, headers, body }: Copy, sending: Sending): Promise<Fate> => {
  const request = requestHttp({ ...sending, method, path, headers })
  // Also of one that breaks off later.
  request.on('error', () => undefined).end(body)
  const [response] = (await once(request, 'response', { signal: sending.signal })) as [IncomingMessage]
  const isAnswered = response.headers[answeredHeader] !== undefined
  await drain(response)
  return isAnswered ? 'sent' : 'failed'
}

const drain = async (response: IncomingMessage): Promise<void> => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  let bytes = 0
  response.on('error', () => undefined).on('close', close)
  response.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > mostAnswerBytes) response.destroy()
  })
  await closed
}
