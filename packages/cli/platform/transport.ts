import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientRequest, ClientResponse } from '@atoll/api'
import { controlsHeader, routes } from '@atoll/api'
import { Agent, request } from 'undici'
import { CommandError } from '../errors.ts'
import { awaitAnswer } from './await-answer.ts'
import { findAwake } from './find-awake.ts'
import { renewUrls } from './renew-urls.ts'

export interface TransportOptions {
  /** Of all controls; tried in order, the one that answered last first. */
  readonly urls: readonly string[]
  /** The only one that is trusted. */
  readonly authorityPem: string
  /** For how long controls that do not answer are tried again. */
  readonly patienceMs?: number
  /** Called when a control waits for the managers to have a leader. */
  readonly onElection?: () => void
  /** Called when no control has answered for two seconds; they are asked again for 15 s in all. */
  readonly onSilence?: () => void
}

export interface Transport extends AsyncDisposable {
  readonly send: (request: ClientRequest) => Promise<ClientResponse>
  /** As given or as controls have said since, the one that answered last first. */
  readonly urls: () => readonly string[]
}

const connectMs = 3_000
const answerMs = 120_000
/** A stream says something every 15 s; silent for so long it is cut off, and events are taken up again where they ended. */
const silenceMs = 40_000
/** Several times as long as a control is ever silent between lines. */
const lineSilenceMs = 20_000
const patienceMs = 15_000
const pauseMs = 300
/** Silence that a person would wonder about. */
const noticedMs = 2_000
/** Who answered so lately is there. */
const freshMs = 1_000

/** Sends to the first control that answers; throws CommandError `unreachable` when none does in time. */
export const openTransport = (options: TransportOptions): Transport => {
  const agent = new Agent({
    connect: { ca: options.authorityPem, timeout: connectMs },
    headersTimeout: answerMs,
    bodyTimeout: silenceMs,
  })
  let urls = options.urls
  let answeredAtMs = -Infinity
  const prefer = (url: string): void => void (urls = [url, ...urls.filter((other) => other !== url)])
  const preferAwake = async (signal: AbortSignal): Promise<void> => {
    if (urls.length === 1 || performance.now() - answeredAtMs < freshMs) return
    const awake = await findAwake(urls, signal)
    if (awake !== undefined) prefer(awake)
  }
  return {
    send: async (call) => {
      const startedAtMs = performance.now()
      const mostMs = options.patienceMs ?? patienceMs
      for (;;) {
        await preferAwake(call.signal)
        const round = await tryAll({ agent, urls, onElection: options.onElection }, call)
        if (round.kind === 'answered') {
          prefer(round.url)
          urls = renewUrls(urls, round.response.headers(controlsHeader))
          answeredAtMs = performance.now()
          return round.response
        }
        answeredAtMs = -Infinity
        const silentMs = performance.now() - startedAtMs
        if (silentMs >= mostMs) return giveUp(round)
        if (silentMs >= noticedMs) options.onSilence?.()
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

interface Controls {
  readonly agent: Agent
  readonly urls: readonly string[]
  readonly onElection: (() => void) | undefined
}

const tryAll = async ({ agent, urls, onElection }: Controls, call: ClientRequest): Promise<Round> => {
  const troubles: string[] = []
  let refusal: ClientResponse | undefined
  for (const url of urls) {
    try {
      const waiting = {
        askAge: (signal: AbortSignal) => askAge(agent, url, signal),
        onElection: () => onElection?.(),
        mayLeave: isRepeatable(call),
      }
      const send = (signal: AbortSignal) => sendTo(agent, url, { ...call, signal })
      const response = await awaitAnswer(send, waiting, call.signal)
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

/** Of what a control knows; one that never knew anything is as old as can be. */
const askAge = async (agent: Agent, url: string, signal: AbortSignal): Promise<number> => {
  const { getHealth } = routes
  const { body } = await request(url + getHealth.path, { dispatcher: agent, method: getHealth.method, signal })
  return getHealth.reply.parse(await body.json()).documentsAgeMs ?? Infinity
}

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
const mayRepeat = (call: ClientRequest, error: unknown): boolean =>
  isRepeatable(call) || beforeSending.has(codeOf(error)) || isUntrusted(error)

const isRepeatable = ({ method, headers }: ClientRequest): boolean => method === 'GET' || 'idempotency-key' in headers

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
