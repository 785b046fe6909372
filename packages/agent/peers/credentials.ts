import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

/** What an agent proves itself with to other agents. The key never leaves this process. */
export interface Credentials {
  readonly certificatePem: string
  readonly keyPem: string
  readonly notAfterMs: number
}

export interface CredentialsSource {
  readonly nodeId: string
  /** Known to agents and controls only. */
  readonly secret: string
  readonly authorityPem: string
  /** Each address of the name is a control's own: behind a virtual address the caller's would be another. */
  readonly control: { readonly host: string; readonly port: number }
}

const replyShape = z.object({ certificatePem: z.string(), notAfterMs: z.number() })
const failureShape = z.object({ detail: z.string() })

const askTimeoutMs = 10_000
/** The name controls have in the platform's network, and in their certificates. */
const controlName = 'control'

/** Makes a key and has its public half signed by a control. Throws what the last control said. */
export const requestCredentials = async (source: CredentialsSource, signal: AbortSignal): Promise<Credentials> => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const body = JSON.stringify({ nodeId: source.nodeId, secret: source.secret, publicKeyPem: publicKey })
  const found = await lookup(source.control.host, { all: true })
  let trouble: unknown = new Error(`${source.control.host} has no address`)
  for (const { address } of found) {
    try {
      return { ...(await ask(source, { address, body }, signal)), keyPem: privateKey }
    } catch (error) {
      trouble = error
    }
  }
  throw trouble
}

const ask = async (
  { authorityPem, control }: CredentialsSource,
  { address, body }: { readonly address: string; readonly body: string },
  signal: AbortSignal,
): Promise<z.output<typeof replyShape>> => {
  const request = httpsRequest({
    host: address,
    port: control.port,
    servername: controlName,
    ca: authorityPem,
    minVersion: 'TLSv1.3',
    method: 'POST',
    path: '/v1/agents/certificate',
    headers: { 'content-type': 'application/json', 'x-atoll-request': '1' },
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
  })
  const answered = once(request, 'response')
  request.end(body)
  const [response] = (await answered) as [IncomingMessage]
  const reply: unknown = JSON.parse(await text(response))
  if (response.statusCode === 200) return replyShape.parse(reply)
  throw new Error(
    failureShape.safeParse(reply).data?.detail ?? `the control answered with status ${response.statusCode}`,
  )
}

const retryMs = { first: 1_000, last: 30_000 }

export interface Keeping {
  readonly request: (signal: AbortSignal) => Promise<Credentials>
  readonly use: (credentials: Credentials) => void
  readonly now: () => number
  readonly onTrouble: (error: unknown) => void
}

/** Keeps credentials valid until the signal comes: new ones at half of their time, and again soon after a failure. */
export const keepCredentials = async (
  { request, use, now, onTrouble }: Keeping,
  signal: AbortSignal,
): Promise<void> => {
  let failures = 0
  while (!signal.aborted) {
    let waitMs = Math.min(retryMs.last, retryMs.first * 2 ** failures)
    try {
      const credentials = await request(signal)
      use(credentials)
      failures = 0
      waitMs = Math.max(retryMs.first, (credentials.notAfterMs - now()) / 2)
    } catch (error) {
      failures += 1
      if (!signal.aborted) onTrouble(error)
    }
    await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
