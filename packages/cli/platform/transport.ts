import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientRequest, ClientResponse } from '@atoll/api'
import { Agent, request } from 'undici'
import { CommandError } from '../errors.ts'

export interface TransportOptions {
  /** Of all controls; tried in order, the one that answered last first. */
  readonly urls: readonly string[]
  /** The only one that is trusted. */
  readonly authorityPem: string
  /** For how long controls that do not answer are tried again. */
  readonly patienceMs?: number
}

export interface Transport extends AsyncDisposable {
  readonly send: (request: ClientRequest) => Promise<ClientResponse>
  /** As given, the one that answered last first. */
  readonly urls: () => readonly string[]
}

const connectMs = 3_000
const answerMs = 120_000
/** A stream that says nothing for so long is cut off: events are taken up again where they ended. */
const silenceMs = 60_000
/** Several times as long as a control is ever silent between lines. */
const lineSilenceMs = 20_000
const patienceMs = 15_000
const pauseMs = 300

/** Sends to the first control that answers; throws CommandError `unreachable` when none does in time. */
export const openTransport = (options: TransportOptions): Transport => {
  const agent = new Agent({
    connect: { ca: options.authorityPem, timeout: connectMs },
    headersTimeout: answerMs,
    bodyTimeout: silenceMs,
  })
  let urls = options.urls
  const prefer = (url: string): void => void (urls = [url, ...urls.filter((other) => other !== url)])
  return {
    send: async (call) => {
      const untilMs = performance.now() + (options.patienceMs ?? patienceMs)
      for (;;) {
        const round = await tryAll(agent, urls, call)
        if (round.kind === 'answered') prefer(round.url)
        if (round.kind === 'answered') return round.response
        if (performance.now() >= untilMs) return giveUp(round)
        await delay(pauseMs, undefined, { signal: call.signal })
      }
    },
    urls: () => urls,
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

type Round =
  | { readonly kind: 'answered'; readonly url: string; readonly response: ClientResponse }
  | { readonly kind: 'silent'; readonly troubles: readonly string[]; readonly refusal: ClientResponse | undefined }

const tryAll = async (agent: Agent, urls: readonly string[], call: ClientRequest): Promise<Round> => {
  const troubles: string[] = []
  let refusal: ClientResponse | undefined
  for (const url of urls) {
    try {
      const response = await sendTo(agent, url, call)
      if (!isAway(response.status)) return { kind: 'answered', url, response }
      troubles.push(`${url}: status ${response.status}`)
      const text = await response.text()
      // A gate without a control has less to say than a control without a leader.
      if (refusal === undefined || isProblem(response)) refusal = { ...response, text: async () => text }
    } catch (error) {
      call.signal.throwIfAborted()
      if (!mayRepeat(call, error)) throw interrupted(url, error)
      troubles.push(`${url}: ${messageOf(error)}`)
    }
  }
  return { kind: 'silent', troubles, refusal }
}

/** What a control says of its trouble is better than what we make of it. */
const giveUp = ({ troubles, refusal }: Extract<Round, { kind: 'silent' }>): ClientResponse => {
  if (refusal !== undefined && isProblem(refusal)) return refusal
  throw unreachable(troubles)
}

const isProblem = ({ headers }: ClientResponse): boolean => headers('content-type')?.includes('json') === true

/** A gate without a control, or a control that waits for a leader. */
const isAway = (status: number): boolean => status === 502 || status === 503

const sendTo = async (agent: Agent, url: string, call: ClientRequest): Promise<ClientResponse> => {
  const { statusCode, headers, body } = await request(`${url}${call.path}`, {
    dispatcher: agent,
    method: call.method,
    headers: call.headers,
    signal: call.signal,
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(call.upload === undefined ? {} : { body: Readable.from(call.upload(), { objectMode: false }) }),
    ...(call.headers['accept'] === 'application/x-ndjson' ? { bodyTimeout: lineSilence(call) } : {}),
  })
  return {
    status: statusCode,
    headers: (name) => headers[name]?.toString(),
    text: () => body.text(),
    chunks: async function* () {
      const decoder = new TextDecoder()
      for await (const chunk of body) yield decoder.decode(chunk as Uint8Array, { stream: true })
    },
  }
}

const beforeSending = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** A control says now and then that it is there; what was sent to it is not lost for a silence of its program. */
const lineSilence = ({ method }: ClientRequest): number => (method === 'GET' ? lineSilenceMs : 0)

/** What was not sent, or does the same when it is sent twice. */
const mayRepeat = ({ method, headers }: ClientRequest, error: unknown): boolean =>
  method === 'GET' || 'idempotency-key' in headers || beforeSending.has(codeOf(error)) || isUntrusted(error)

const isUntrusted = (error: unknown): boolean => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(codeOf(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const messageOf = (error: unknown): string => {
  if (isUntrusted(error)) return `its certificate is not of this cluster (${codeOf(error)})`
  return error instanceof Error && error.message !== '' ? error.message : codeOf(error) || String(error)
}

const unreachable = (troubles: readonly string[]): CommandError =>
  new CommandError('unreachable', `reach the cluster: no control answers: ${troubles.join('; ')}`, {
    hint: 'with a manager at hand, --engine asks the swarm itself: "atoll doctor --engine ssh://root@NODE"',
  })

const interrupted = (url: string, cause: unknown): CommandError =>
  new CommandError('connection-lost', `ask ${url}: ${messageOf(cause)}; it may or may not have been done`, { cause })
