import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority, fingerprintOf, issueCertificate } from '@atoll/authority'
import type { Authority } from '@atoll/authority'

export interface Heard {
  /** `POST /v1/sessions`. */
  readonly line: string
  readonly authorization: string | undefined
  readonly lastEventId: string | undefined
  /** What is to be built. */
  readonly build: string | undefined
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Server-sent events in place of a body. */
  readonly events?: readonly { readonly id: string; readonly event: unknown }[]
  /** JSON lines in place of a body. */
  readonly lines?: readonly unknown[]
  /** The connection is cut after what was said. */
  readonly isCut?: boolean
  /** It does not end, and of lines the last is not said. */
  readonly isHeld?: boolean
}

const nowMs = Date.now()
const authority = await createAuthority({ name: 'Atoll cluster', nowMs })
export const otherAuthority = await createAuthority({ name: 'Atoll cluster', nowMs })
export const fingerprint = fingerprintOf(authority.certificatePem)

/** A server on loopback with a certificate of the authority, that keeps what it heard and says what the test wants. */
export const openTestServer = async (
  answer: (heard: Heard) => Answer,
  { signedBy = authority }: { readonly signedBy?: Authority } = {},
) => {
  const { certificatePem, keyPem } = await issueCertificate({
    authority: signedBy,
    commonName: 'control on node-1',
    names: ['localhost'],
    addresses: ['127.0.0.1'],
    use: 'server',
    nowMs,
    lifeMs: 86_400_000,
  })
  const heard: Heard[] = []
  const server = createServer({ key: keyPem, cert: certificatePem + signedBy.certificatePem }, (request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request
      const said: Heard = {
        line: `${method} ${url}`,
        authorization: headers.authorization,
        lastEventId: headers['last-event-id']?.toString(),
        build: headers['x-atoll-build']?.toString(),
        body,
      }
      heard.push(said)
      const {
        status = 200,
        body: reply,
        headers: more,
        events,
        lines = [],
        isCut = false,
        isHeld = false,
      } = answer(said)
      const isStream = events !== undefined
      response.writeHead(status, { 'content-type': isStream ? 'text/event-stream' : 'application/json', ...more })
      for (const { id, event } of events ?? []) response.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
      for (const line of isHeld ? lines.slice(0, -1) : lines) response.write(`${JSON.stringify(line)}\n`)
      if (!isStream && reply !== undefined) response.write(JSON.stringify(reply))
      if (isCut) response.write('\n', () => request.socket.destroy())
      else if (!isHeld) response.end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    authorityPem: signedBy.certificatePem,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
