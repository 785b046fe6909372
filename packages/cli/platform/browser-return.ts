import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandError } from '../errors.ts'

/** Where the browser comes back to, on this machine alone. */
export interface Return extends AsyncDisposable {
  readonly port: number
  /** What the control sent it with. CommandError with the code of the control when it refused; `timeout`. */
  code(signal: AbortSignal): Promise<string>
}

type Told =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused'; readonly error: CommandError }

/** `state`: without it nobody is believed to come from the control. */
export const openReturn = async (state: string): Promise<Return> => {
  const told = Promise.withResolvers<Told>()
  const server = createServer((request, response) => {
    const heard = readReturn(request, state)
    if (heard !== undefined) told.resolve(heard)
    answer(response, heard)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    code: async (signal) => {
      const heard = await Promise.race([told.promise, awaitEnd(signal)])
      if (heard.kind === 'refused') throw heard.error
      return heard.code
    },
    [Symbol.asyncDispose]: async () => {
      // The browser gets its answer, and keeps no connection open for it.
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      await closed
    },
  }
}

const readReturn = ({ method, url = '/' }: IncomingMessage, state: string): Told | undefined => {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  if (method !== 'GET' || pathname !== '/' || searchParams.get('state') !== state) return undefined
  const code = searchParams.get('code')
  if (code !== null) return { kind: 'code', code }
  const [name, message, hint] = ['error', 'message', 'hint'].map((key) => searchParams.get(key) ?? '')
  return {
    kind: 'refused',
    error: new CommandError(
      name || 'oidc-refused',
      `sign in: ${message}`,
      hint === '' || hint === undefined ? {} : { hint },
    ),
  }
}

const answer = (response: ServerResponse, heard: Told | undefined): void => {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' }
  if (heard === undefined) response.writeHead(404, headers).end('there is nothing here\n')
  else if (heard.kind === 'code')
    response.writeHead(200, headers).end('Go on in the terminal; this page can be closed.\n')
  else response.writeHead(200, headers).end(`${heard.error.message}\n${heard.error.hint ?? ''}\n`)
}

const awaitEnd = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(signal.reason instanceof Error ? toTimeout(signal.reason) : new Error('ended'))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

const toTimeout = (reason: Error): Error =>
  reason.name === 'TimeoutError'
    ? new CommandError('timeout', 'sign in: the browser did not come back in time', { hint: 'begin again' })
    : reason
