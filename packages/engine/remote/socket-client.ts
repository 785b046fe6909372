import { Agent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { EngineError } from '../errors.ts'
import { parseJson } from './json-lines.ts'
import { isBytesVerb, nodeHeader } from './verbs.ts'
import { parseError } from './wire-error.ts'

/** Requests to one agent over its socket. Throws EngineError only. */
export interface SocketClient extends AsyncDisposable {
  /** Sends a body of JSON and gives the answer's, parsed but of any shape. */
  ask(call: SocketCall, body: object, signal: AbortSignal): Promise<unknown>
  /** Sends a body of JSON and gives the answer as it comes; ends with the signal. */
  follow(call: Omit<SocketCall, 'timeoutMs'>, body: object, signal: AbortSignal): Promise<IncomingMessage>
  /** Both ways at once; ends with the signal. */
  converse(verb: string, nodeId: string | undefined, signal: AbortSignal): Conversation
  describe(verb: string, cause: unknown, signal: AbortSignal): EngineError
}

export interface SocketCall {
  readonly verb: string
  readonly timeoutMs: number
  /** The node whose agent is to answer; the one of the socket without. */
  readonly nodeId?: string
}

export interface Conversation {
  readonly outgoing: ClientRequest
  readonly incoming: Promise<IncomingMessage>
}

const maxSockets = 256
const idleMs = 30_000
/** An agent says at once that it has heard; what it was asked for may take longer. */
const beginTimeoutMs = 25_000
const maxReplyBytes = 128 * 1024 * 1024

export const openSocketClient = (socketPath: string): SocketClient => {
  const agent = new Agent({ keepAlive: true, maxSockets, timeout: idleMs })
  const describe: SocketClient['describe'] = (verb, cause, signal) =>
    describeFailure({ socketPath, verb }, cause, signal)
  const start = (verb: string, nodeId: string | undefined, signal: AbortSignal): ClientRequest => {
    const type = isBytesVerb(verb) ? 'application/octet-stream' : 'application/json'
    const headers = { 'Content-Type': type, ...(nodeId === undefined ? {} : { [nodeHeader]: nodeId }) }
    return httpRequest({ agent, socketPath, method: 'POST', path: `/v1/${verb}`, headers, signal })
  }
  const send = async (request: ClientRequest, verb: string, body: object): Promise<IncomingMessage> => {
    request.end(JSON.stringify(body))
    return refuseErrors(verb, await awaitResponse(request))
  }
  return {
    describe,
    ask: ({ verb, timeoutMs, nodeId }, body, signal) =>
      withTimeout({ timeoutMs, signal }, async (ended) => {
        const response = await send(start(verb, nodeId, ended), verb, body)
        return parseJson(await readText(response, verb), `${verb}: read the answer`)
      }).catch((cause: unknown) => {
        throw describe(verb, cause, signal)
      }),
    follow: ({ verb, nodeId }, body, signal) =>
      withTimeout({ timeoutMs: beginTimeoutMs, signal }, (ended) => send(start(verb, nodeId, ended), verb, body)).catch(
        (cause: unknown) => {
          throw describe(verb, cause, signal)
        },
      ),
    converse: (verb, nodeId, signal) => {
      const outgoing = start(verb, nodeId, signal)
      outgoing.flushHeaders()
      return { outgoing, incoming: awaitResponse(outgoing).then((response) => refuseErrors(verb, response)) }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(agent.destroy()),
  }
}

/** The timer stops with the work; the caller's signal goes on for what the work gave. */
const withTimeout = async <T>(
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> => {
  const timer = new AbortController()
  const stop = (): void => timer.abort(new DOMException('no answer in time', 'TimeoutError'))
  const timeout = setTimeout(stop, timeoutMs)
  try {
    return await work(AbortSignal.any([signal, timer.signal]))
  } catch (cause) {
    throw timer.signal.aborted && !signal.aborted ? timer.signal.reason : cause
  } finally {
    clearTimeout(timeout)
  }
}

const awaitResponse = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })

const refuseErrors = async (verb: string, response: IncomingMessage): Promise<IncomingMessage> => {
  const status = response.statusCode ?? 0
  if (status === 200) return response
  const error = parseError(parseJson(await readText(response, verb), `${verb}: read the refusal`))
  throw error ?? new EngineError('invalid', `${verb}: the agent answered with status ${status} and no reason`)
}

const readText = async (response: IncomingMessage, verb: string): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxReplyBytes) throw new EngineError('invalid', `${verb}: the answer is above ${maxReplyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'no agent listens there; see whether atoll/system runs on this node ("atoll status atoll/system")',
  ECONNREFUSED: 'no agent listens there; see whether atoll/system runs on this node ("atoll status atoll/system")',
  EACCES: 'the socket belongs to somebody else; run as the user of ATOLL_SOCKET_OWNER',
}

const describeFailure = (
  { socketPath, verb }: { readonly socketPath: string; readonly verb: string },
  cause: unknown,
  signal: AbortSignal,
): EngineError => {
  if (cause instanceof EngineError) return cause
  const where = `${verb} through ${socketPath}`
  if (signal.aborted)
    return new EngineError('timeout', `${where}: stopped before it was answered`, { cause, retry: false })
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new EngineError('timeout', `${where}: no answer in time; the agent or its engine may be overloaded`, {
      cause,
    })
  const text = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const hint = hints[code] === undefined ? '' : `; ${hints[code]}`
  return new EngineError('unreachable', `${where}: ${text}${hint}`, { cause })
}
