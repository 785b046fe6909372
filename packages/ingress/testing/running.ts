import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import { doorIn, openDoorOf, type Door, type GivenTable } from '../door.ts'
import { runIngress, type IngressProgram } from '../run-ingress.ts'
import type { RouteTable } from '../table.ts'

export interface RunningIngress {
  readonly door: Door
  /** Ends it as one that is told to stop. */
  readonly end: () => Promise<void>
  readonly ended: Promise<void>
}

/** The program of an ingress, in this process and with an HAProxy of its own, until it ends or the stack does. */
export const startRunning = (program: IngressProgram, stack: AsyncDisposableStack): RunningIngress => {
  const stop = new AbortController()
  const ended = runIngress(program, stop.signal)
  const end = async (): Promise<void> => {
    stop.abort(new Error('enough'))
    await ended
  }
  stack.defer(() => end().catch(() => undefined))
  return { end, ended, door: openDoorOf(doorIn(program.config.folder)) }
}

/** Its certificates are of nobody who is trusted, so that HTTP is answered. */
export const giveTable = (version: string, table: RouteTable, networks: GivenTable['networks'] = []): GivenTable => {
  const certificates = table.certificates.map((certificate) => ({ ...certificate, isPublic: false }))
  return { version, networks, table: JSON.stringify({ ...table, certificates }) }
}

interface Asked {
  readonly host: string
  readonly path?: string
  readonly cookie?: string
}

/** The status of an answer. */
export const askStatus = async (
  { httpPort: port }: Config,
  { host, path = '/', cookie = '' }: Asked,
): Promise<number> => {
  const request = requestHttp({ host: '127.0.0.1', port, path, headers: { host, cookie }, agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}
