import { once } from 'node:events'
import { createServer, request as requestHttps } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestPebble } from './pebble.ts'

/** Stands before an authority, and says with every answer when to come again (RFC 9110, 10.2.3), as Pebble itself does not. */
export const startSlowProxy = async (pebble: TestPebble, retryAfter: () => string) => {
  let refusal: string | undefined
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await buffer(asked)
    const { port } = new URL(pebble.directory)
    const { url: path, method, headers } = asked
    const request = requestHttps({ host: '127.0.0.1', port, path, method, headers, ca: pebble.rootPem, agent: false })
    request.end(body)
    const [reply] = (await once(request, 'response')) as [IncomingMessage]
    const text = await buffer(reply)
    const isRefused = refusal !== undefined && path?.includes('order') === true
    const sent = { ...reply.headers, 'retry-after': retryAfter() }
    if (!isRefused) return void answer.writeHead(reply.statusCode ?? 500, sent).end(text)
    const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail: refusal, status: 429 }
    const { 'content-length': _, ...others } = sent
    answer.writeHead(429, { ...others, 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
  }
  const server = createServer(pebble.credentials, (asked, answer) => void pass(asked, answer))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    directory: `https://127.0.0.1:${(server.address() as AddressInfo).port}/dir`,
    /** From now on no order is taken. */
    refuse: (detail: string): void => void (refusal = detail),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
