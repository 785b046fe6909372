import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Duplex } from 'node:stream'
import { json as readJson, text as readText } from 'node:stream/consumers'
import type { z } from 'zod'
import { EngineError } from '../errors.ts'
import { negotiateVersion } from './api-version.ts'
import type { EngineVersion } from './api-version.ts'
import type { Endpoint } from './endpoint.ts'
import { versionReply } from './replies.ts'
import { describeFailure, describeReply } from './reply-error.ts'
import { openTransport } from './transport.ts'
import type { Transport } from './transport.ts'

/** One request of the Engine API. `path` begins after the version: `/services/create`. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  readonly path: string
  /** A list is sent as the same name several times, an object as JSON: so the API wants its tags and its filters. */
  readonly query?: Readonly<Record<string, string | number | boolean | object | undefined>>
  /** A stream is sent as it is (a tar), anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What this does and to what, for messages: `create service shop_web`. The method and path unless said. */
  readonly doing?: string
  /** Until the reply begins; of json() and send() until it has ended. Default 25 s: longer than the engine's own 20 s. */
  readonly timeoutMs?: number
}

/** What verbs speak to: one engine or (cluster.ts) the first of several that answers. Throws EngineError only. */
export interface Api {
  /** Parses the reply by `shape`; a reply of another shape is EngineError `invalid`. */
  json<T>(call: Call, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>
  send(call: Call, signal: AbortSignal): Promise<void>
  /** The reply as it comes; ends with the signal. */
  stream(call: Call, signal: AbortSignal): Promise<IncomingMessage>
  /** The connection itself, both ways (exec, attach). */
  hijack(call: Call, signal: AbortSignal): Promise<Duplex>
}

export interface Client extends Api, AsyncDisposable {
  readonly endpoint: Endpoint
  /** Asked once. */
  version(signal: AbortSignal): Promise<EngineVersion>
}

const defaultTimeoutMs = 25_000

/** The only door to a Docker Engine: everything else in this room speaks to it through the object given here. */
export const openClient = (endpoint: Endpoint): Client => {
  const transport = openTransport(endpoint)
  const version = onceWhenGood((signal) => askVersion(transport, endpoint, signal))
  const start = async (call: Call, signal: AbortSignal): Promise<Reply> => {
    const prefix = `/v${(await version(signal)).api}`
    return startCall({ transport, endpoint, call, prefix }, signal)
  }
  return {
    endpoint,
    version,
    json: async (call, shape, signal) => {
      const { message, attempt } = await start(call, signal)
      const reply = await readJson(message).catch((cause: unknown) => {
        throw describeFailure(attempt, cause, signal)
      })
      return parseReply(attempt.doing, shape, reply)
    },
    send: async (call, signal) => {
      const { message, attempt } = await start(call, signal)
      await readText(message).catch((cause: unknown) => {
        throw describeFailure(attempt, cause, signal)
      })
    },
    stream: async (call, signal) => {
      const { message, stopTimer } = await start(call, signal)
      stopTimer()
      return message
    },
    hijack: async (call, signal) => {
      const { message, stopTimer } = await start({ ...call, headers: { ...call.headers, ...upgrade } }, signal)
      stopTimer()
      return message.socket
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

const upgrade = { Connection: 'Upgrade', Upgrade: 'tcp' }

/** What messages say that a call does. */
export const nameCall = ({ doing, method, path }: Call): string => doing ?? `${method} ${path}`

interface Reply {
  readonly message: IncomingMessage
  readonly attempt: { readonly doing: string; readonly endpoint: string }
  /** From here on only the caller's signal ends it. */
  readonly stopTimer: () => void
}

interface Start {
  readonly transport: Transport
  readonly endpoint: Endpoint
  readonly call: Call
  readonly prefix: string
}

const startCall = async ({ transport, endpoint, call, prefix }: Start, signal: AbortSignal): Promise<Reply> => {
  const attempt = { doing: nameCall(call), endpoint: endpoint.name }
  const timer = new AbortController()
  const timeout = setTimeout(
    () => timer.abort(new DOMException('no answer in time', 'TimeoutError')),
    call.timeoutMs ?? defaultTimeoutMs,
  )
  const stopTimer = (): void => clearTimeout(timeout)
  try {
    const message = await exchange(transport, call, { prefix, signal: AbortSignal.any([signal, timer.signal]) })
    message.once('close', stopTimer)
    if ((message.statusCode ?? 0) < 400) return { message, attempt, stopTimer }
    throw describeReply(attempt, message.statusCode ?? 0, messageOf(await readText(message)))
  } catch (cause) {
    stopTimer()
    throw describeFailure(attempt, timer.signal.aborted && !signal.aborted ? timer.signal.reason : cause, signal)
  }
}

const exchange = (
  transport: Transport,
  call: Call,
  { prefix, signal }: { readonly prefix: string; readonly signal: AbortSignal },
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const isStream = call.body instanceof Readable
    const request = transport.start({
      method: call.method,
      path: prefix + call.path + renderQuery(call.query),
      headers: {
        ...(call.body !== undefined && { 'Content-Type': isStream ? 'application/x-tar' : 'application/json' }),
        ...call.headers,
      },
      signal,
    })
    request.on('response', resolve)
    request.on('upgrade', (message, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve(message)
    })
    request.on('error', reject)
    if (call.body instanceof Readable) call.body.on('error', (error) => request.destroy(error)).pipe(request)
    else request.end(call.body === undefined ? undefined : JSON.stringify(call.body))
  })

const renderQuery = (query: Call['query']): string => {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {}))
    for (const item of listOf(value))
      parameters.append(key, typeof item === 'object' ? JSON.stringify(item) : String(item))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

type QueryItem = string | number | boolean | object

const listOf = (value: QueryItem | undefined): readonly QueryItem[] => {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly QueryItem[]) : [value]
}

/** The engine's `{"message": "..."}`, or the text as it is. */
const messageOf = (text: string): string => {
  try {
    const reply: unknown = JSON.parse(text)
    return typeof reply === 'object' && reply !== null && 'message' in reply ? String(reply.message) : text
  } catch {
    return text
  }
}

const parseReply = <T>(doing: string, shape: z.ZodType<T>, reply: unknown): T => {
  const parsed = shape.safeParse(reply)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new EngineError('invalid', `${doing}: the engine's reply is not understood${where}; run "atoll doctor"`)
}

const askVersion = async (transport: Transport, endpoint: Endpoint, signal: AbortSignal): Promise<EngineVersion> => {
  const call: Call = { method: 'GET', path: '/version', doing: 'reach the engine', timeoutMs: 10_000 }
  const { message, attempt } = await startCall({ transport, endpoint, call, prefix: '' }, signal)
  const reply = await readJson(message).catch((cause: unknown) => {
    throw describeFailure(attempt, cause, signal)
  })
  return negotiateVersion(parseReply(attempt.doing, versionReply, reply), endpoint.name)
}

/** A failure is not kept: the next caller asks anew. The first caller's signal ends it only for the first caller. */
const onceWhenGood = <T>(ask: (signal: AbortSignal) => Promise<T>): ((signal: AbortSignal) => Promise<T>) => {
  let known: T | undefined
  return async (signal) => (known ??= await ask(signal))
}
