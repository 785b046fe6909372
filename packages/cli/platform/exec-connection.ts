import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ApiError, failure } from '@atoll/api'
import { CommandError } from '../errors.ts'

/** A connection to a control that carries frames both ways. */
export interface ExecConnection extends AsyncDisposable {
  readonly url: string
  readonly socket: Duplex
}

export type OpenExecConnection = (path: string, signal: AbortSignal) => Promise<ExecConnection>

export interface ExecConnectionOptions {
  /** Of all controls; the one that answered last first. */
  readonly urls: () => readonly string[]
  readonly authorityPem: string
  readonly token: string
}

const beginTimeoutMs = 30_000
const keepAliveMs = 10_000

/** Asks the first control that can be reached; nothing was begun on those that could not. Throws ApiError, CommandError. */
export const createExecConnections =
  (options: ExecConnectionOptions): OpenExecConnection =>
  async (path, signal) => {
    const troubles: string[] = []
    for (const url of options.urls()) {
      try {
        return await connect(options, { url, path }, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ApiError) throw error
        troubles.push(`${url}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    throw new CommandError('unreachable', `reach the cluster: no control answers: ${troubles.join('; ')}`, {
      hint: 'with a manager at hand, the swarm itself can be asked: add --engine ssh://root@NODE',
    })
  }

const connect = (
  { authorityPem, token }: ExecConnectionOptions,
  { url, path }: { readonly url: string; readonly path: string },
  signal: AbortSignal,
): Promise<ExecConnection> =>
  new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'atoll-exec',
      authorization: `Bearer ${token}`,
      'x-atoll-request': '1',
    }
    const call = httpsRequest(new URL(path, url), { ca: authorityPem, headers, agent: false, signal })
    const timer = setTimeout(() => call.destroy(new Error('no answer in time')), beginTimeoutMs)
    call.on('close', () => clearTimeout(timer))
    call.on('error', reject)
    call.on('response', (response) => {
      readRefusal(response).then(reject, reject)
    })
    call.on('upgrade', (_response, socket, head) => {
      clearTimeout(timer)
      if (head.length > 0) socket.unshift(head)
      socket.setKeepAlive(true, keepAliveMs)
      // Whoever reads is told; a socket that nobody reads any more has nobody to tell.
      socket.on('error', () => undefined)
      resolve({ url, socket, [Symbol.asyncDispose]: async () => void socket.destroy() })
    })
    call.end()
  })

const readRefusal = async (response: IncomingMessage): Promise<Error> => {
  const said: unknown = JSON.parse(await text(response))
  const parsed = failure.safeParse(said)
  return parsed.success ? new ApiError(parsed.data) : new Error(`it answered with status ${response.statusCode}`)
}
