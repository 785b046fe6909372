import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { EngineError } from '@atoll/engine'
import { parseShape, renderError, statusOf, verbs } from '@atoll/engine/remote'
import type { CallName, RequestOf, StreamName } from '@atoll/engine/remote'
import type { z } from 'zod'
import type { Agent } from './agent.ts'
import { describeFailure } from './failure.ts'
import { readBody } from './read-body.ts'
import { calls } from './verbs/calls.ts'
import { answerExec } from './verbs/exec.ts'
import type { Exchange } from './verbs/exec.ts'
import { streams } from './verbs/streams.ts'

/** When the agent stops: first what is endless, then the rest. Their reasons are EngineErrors. */
export interface Stops {
  readonly leaving: AbortSignal
  readonly ending: AbortSignal
}

/** What is left of a request after its answer is thrown away, but not for ever. */
const discardMs = 10_000

const callerLeft = new EngineError('timeout', 'the caller left before this was done', { retry: false })

/** Answers one request. Never throws. */
export const answer = async (agent: Agent, exchange: Exchange, stops: Stops): Promise<void> => {
  const { request, response } = exchange
  const left = new AbortController()
  response.on('close', () => left.abort(callerLeft))
  response.on('error', () => undefined)
  request.on('error', () => undefined)
  const signal = AbortSignal.any([left.signal, stops.ending])
  try {
    stops.leaving.throwIfAborted()
    const name = findVerb(request)
    if (name === 'exec') await answerExec(agent, exchange, signal)
    else if (isCall(name)) await answerCall(agent, { ...exchange, name }, signal)
    else await answerStream(agent, { ...exchange, name }, { ...stops, ending: signal })
  } catch (cause) {
    answerError(exchange, describeFailure(stops.ending.aborted ? stops.ending.reason : cause))
  } finally {
    discardRest(request)
  }
}

type VerbName = keyof typeof verbs | 'exec'

const findVerb = ({ method, url = '' }: IncomingMessage): VerbName => {
  const name = /^\/v1\/([\w.]+)$/.exec(url)?.[1] ?? ''
  if (method === 'POST' && (name === 'exec' || Object.hasOwn(verbs, name))) return name as VerbName
  throw new EngineError('invalid', `${method} ${url.slice(0, 100)}: there is no such verb`)
}

const isCall = (name: Exclude<VerbName, 'exec'>): name is CallName => verbs[name].kind === 'call'

const readRequest = async <Name extends CallName | StreamName>(
  name: Name,
  request: IncomingMessage,
): Promise<RequestOf<Name>> => {
  const body = await readBody(request, { maxBytes: verbs[name].maxBytes, doing: name })
  return parseShape(verbs[name].request as z.ZodType<RequestOf<Name>>, body, name)
}

type Verb<Name> = Exchange & { readonly name: Name }

const answerCall = async <Name extends CallName>(
  agent: Agent,
  { request, response, name }: Verb<Name>,
  signal: AbortSignal,
): Promise<void> => {
  const reply = await calls[name](agent, await readRequest(name, request), signal)
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply))
}

const answerStream = async <Name extends StreamName>(
  agent: Agent,
  { request, response, name }: Verb<Name>,
  stops: Stops,
): Promise<void> => {
  const body = await readRequest(name, request)
  const { open, isEndless } = streams[name]
  const signal = isEndless ? AbortSignal.any([stops.leaving, stops.ending]) : stops.ending
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).flushHeaders()
  for await (const item of open(agent, body, signal)) {
    if (!response.write(`${JSON.stringify({ item })}\n`)) await once(response, 'drain', { signal })
  }
  // Streams end without a word when they are told to; the caller must not take that for the end.
  signal.throwIfAborted()
  response.end('{"end":true}\n')
}

/** An answer that has begun gets the error as its last line; exec says it in its own way. */
const answerError = ({ response }: Exchange, error: EngineError): void => {
  if (response.destroyed || response.writableEnded) return
  const text = `${JSON.stringify(renderError(error))}\n`
  if (response.headersSent) response.end(text)
  else response.writeHead(statusOf(error), { 'Content-Type': 'application/json' }).end(text)
}

const discardRest = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return
  const timer = setTimeout(() => request.destroy(), discardMs).unref()
  request.on('close', () => clearTimeout(timer)).resume()
}
