import { once } from 'node:events'
import { Agent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http'
import { parseHeaders, type SpopMessage } from '../spop/frames.ts'
import type { AnswerMessage } from '../spop/serve-spop.ts'
import { SpopError } from '../spop/values.ts'
import { judge, mostReplyBytes } from './judge.ts'
import { openPlaces, type PlacesOptions } from './places.ts'
import { sayLost, type AuthQuestion } from './question.ts'

export interface AuthAsker extends Disposable {
  readonly answer: AnswerMessage
}

interface Options {
  /** Where HAProxy takes questions, each with the name of a backend as the host. */
  readonly socketPath: string
  readonly limits: PlacesOptions
}

/** Connections that wait for a question, and for how long. */
const [mostFree, freeMs] = [32, 20_000]

/** Answers HAProxy whether a request may: asks the service that its route names. Where it cannot, it says why. */
export const createAuthAsker = ({ socketPath, limits }: Options): AuthAsker => {
  const agent = new Agent({ keepAlive: true, maxSockets: limits.most, maxFreeSockets: mostFree, timeout: freeMs })
  const places = openPlaces(limits)
  return {
    answer: async (message, signal) => {
      const question = parseQuestion(message)
      const within = begin(question.patienceMs, signal)
      const place = await places.enter(question.asked, within.signal)
      const leave = (): void => {
        place?.[Symbol.dispose]()
        within[Symbol.dispose]()
      }
      if (place === undefined) {
        leave()
        return sayLost('too many questions')
      }
      const response = await ask(question, { socketPath, agent, signal: within.signal }).catch(leave)
      if (response === undefined) return sayLost('no answer')
      response.once('close', leave)
      const said = await judge(question, response)
      drain(response)
      return said
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

interface Patience extends Disposable {
  readonly signal: AbortSignal
}

/** Nothing of it stays once it is disposed of: signals that are joined or wait for a time would, thousands of them. */
const begin = (patienceMs: number, signal: AbortSignal): Patience => {
  const over = new AbortController()
  const end = (): void => over.abort()
  const timer = setTimeout(end, patienceMs)
  signal.addEventListener('abort', end, { once: true })
  return {
    signal: over.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    },
  }
}

interface Asked extends AuthQuestion {
  readonly method: string
  readonly uri: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Throws SpopError. */
const parseQuestion = ({ values: { question, method, uri, headers } }: SpopMessage): Asked => {
  if (typeof question !== 'string' || typeof method !== 'string') throw new SpopError('a message that is no question')
  if (typeof uri !== 'string' || !Buffer.isBuffer(headers)) throw new SpopError('a question about nothing')
  return { ...(JSON.parse(question) as AuthQuestion), method, uri, headers: parseHeaders(headers) }
}

interface Asking {
  readonly socketPath: string
  readonly agent: Agent | false
  readonly signal: AbortSignal
}

/** Asks again where a connection that was kept has ended just then. Throws what asking throws. */
const ask = async (question: Asked, asking: Asking): Promise<IncomingMessage> => {
  const request = send(question, asking)
  try {
    return await receive(request)
  } catch (error) {
    if (!request.reusedSocket || asking.signal.aborted) throw error
    return receive(send(question, { ...asking, agent: false }))
  }
}

const send = (question: Asked, { socketPath, agent, signal }: Asking): ClientRequest => {
  const headers = headersOf(question)
  const request = requestHttp({ socketPath, agent, signal, method: 'GET', path: question.path, headers })
  // Also of one that breaks off later, when nobody waits for it.
  return request.on('error', () => undefined).end()
}

const receive = async (request: ClientRequest): Promise<IncomingMessage> => {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response.on('error', () => undefined)
}

/** What the ingress says of the client, whatever else is shown. */
const ofClient = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

const headersOf = ({ asked, method, uri, headers, shown }: Asked): readonly string[] => {
  const names = new Set([...shown, ...ofClient])
  const said = headers.filter(([name]) => names.has(name)).flat()
  return ['host', asked, 'x-forwarded-method', method, 'x-forwarded-uri', uri, ...said]
}

/** A connection whose answer is read is good for another question; one that says too much is not waited for. */
const drain = (response: IncomingMessage): void => {
  let bytes = 0
  response.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > mostReplyBytes) response.destroy()
  })
}
