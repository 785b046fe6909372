import type { IncomingMessage } from 'node:http'
import { EngineError } from '@atoll/engine'
import { isBytesVerb, nodeHeader, nodeVerbs, parseShape, renderError, statusOf, verbs } from '@atoll/engine/remote'
import type { BytesVerb, CallName, RequestOf, StreamName } from '@atoll/engine/remote'
import type { z } from 'zod'
import type { Agent } from './agent.ts'
import { describeFailure } from './failure.ts'
import { readBody } from './read-body.ts'
import { answerAtDoor } from './peers/admit-peer.ts'
import { answerBuild } from './verbs/build.ts'
import { calls, nodeCalls } from './verbs/calls.ts'
import type { NodeCallName } from './verbs/calls.ts'
import { answerExec } from './verbs/exec.ts'
import type { Exchange } from './verbs/exec.ts'
import { answerForward, answerReadFiles, answerWriteFiles } from './verbs/reach.ts'
import { streams } from './verbs/streams.ts'
import { writeItems } from './write-items.ts'

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
    if (await answerAtDoor(agent, exchange, signal)) return
    const name = findVerb(request)
    const target = readTarget(request, name)
    if (target !== undefined && !(await isHere(agent, target, signal)))
      await forward(agent, exchange, { target, signal })
    else if (isBytesVerb(name)) await answerBytes[name](agent, exchange, signal)
    else if (target !== undefined && isNodeCall(name)) await answerNodeCall(agent, { ...exchange, name }, signal)
    else if (isCall(name)) await answerCall(agent, { ...exchange, name }, signal)
    else await answerStream(agent, { ...exchange, name }, { ...stops, ending: signal })
  } catch (cause) {
    answerError(exchange, describeFailure(stops.ending.aborted ? stops.ending.reason : cause))
  } finally {
    discardRest(request)
  }
}

/** The node a verb is for, when it is for the agent of one. */
const readTarget = ({ headers }: IncomingMessage, name: VerbName): string | undefined => {
  const target = headers[nodeHeader]?.toString()
  if (target === undefined || nodeVerbs.has(name)) return target
  throw new EngineError('invalid', `${name}: it is not asked of a single node`)
}

const isHere = async ({ nodeId }: Agent, target: string, signal: AbortSignal): Promise<boolean> =>
  (await nodeId(signal)) === target

const forward = async (
  { peers }: Agent,
  exchange: Exchange,
  { target, signal }: { readonly target: string; readonly signal: AbortSignal },
): Promise<void> => {
  if (peers !== undefined) return peers.forward(exchange, target, signal)
  throw new EngineError('unreachable', `reach the agent of node ${target}: this agent knows no others`, {
    retry: false,
  })
}

/** Of the verbs of one node those with one answer. */
const answerNodeCall = async <Name extends NodeCallName>(
  agent: Agent,
  { request, response, name }: Verb<Name>,
  signal: AbortSignal,
): Promise<void> => {
  const reply: unknown = await nodeCalls[name](agent, await readRequest(name, request), signal)
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply))
}

type VerbName = keyof typeof verbs | BytesVerb

/** Verbs that are sent bytes answer each in its own way. */
const answerBytes: Readonly<
  Record<BytesVerb, (agent: Agent, exchange: Exchange, signal: AbortSignal) => Promise<void>>
> = {
  exec: answerExec,
  buildImage: answerBuild,
  readFiles: answerReadFiles,
  writeFiles: answerWriteFiles,
  forward: answerForward,
}

const findVerb = ({ method, url = '' }: IncomingMessage): VerbName => {
  const name = /^\/v1\/([\w.]+)$/.exec(url)?.[1] ?? ''
  if (method === 'POST' && (isBytesVerb(name) || Object.hasOwn(verbs, name))) return name as VerbName
  throw new EngineError('invalid', `${method} ${url.slice(0, 100)}: there is no such verb`)
}

const isNodeCall = (name: string): name is NodeCallName => Object.hasOwn(nodeCalls, name)
const isCall = (name: Exclude<VerbName, BytesVerb>): name is CallName => verbs[name].kind === 'call'

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
  await writeItems(response, open(agent, body, signal), signal)
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
