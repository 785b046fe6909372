import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../errors.ts'
import { openClient } from './client.ts'
import type { Api, Call, Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'

/** Several managers of one Swarm, used as one: the one that answered last is asked first, the next when it does not. */
export interface Cluster extends Api, AsyncDisposable {
  readonly clients: readonly Client[]
  /** The client in use now; for work that must stay on one engine (a build and its push). */
  pick(signal: AbortSignal): Promise<Client>
}

export interface ClusterOptions {
  /** For how long a call is repeated while managers elect or restart. Zero: each is asked once. */
  readonly patienceMs: number
  readonly now: () => number
}

/** Time to answer while there are others to ask; the engine itself gives up after 20 s. */
const hurriedMs = 8_000
const firstPauseMs = 200
const longestPauseMs = 2_000

export const openCluster = (endpoints: readonly Endpoint[], options: ClusterOptions): Cluster => {
  const clients = endpoints.map((endpoint) => openClient(endpoint))
  const attempts = trackAttempts(clients, options)
  const hurry = (call: Call): Call =>
    clients.length > 1 && call.timeoutMs === undefined ? { ...call, timeoutMs: hurriedMs } : call
  return {
    clients,
    pick: (signal) => attempts.run((client) => client.version(signal).then(() => client), signal),
    json: (call, shape, signal) =>
      attempts.run((client) => client.json(hurry(call), shape, signal), signal, canRepeat(call)),
    send: (call, signal) => attempts.run((client) => client.send(hurry(call), signal), signal, canRepeat(call)),
    stream: (call, signal) => attempts.run((client) => client.stream(hurry(call), signal), signal, canRepeat(call)),
    hijack: (call, signal) => attempts.run((client) => client.hijack(call, signal), signal, false),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
    },
  }
}

/** A stream that was begun cannot be sent again. All else can: every write of this room is idempotent. */
const canRepeat = (call: Call): boolean => !(call.body instanceof Readable)

const trackAttempts = (clients: readonly Client[], { patienceMs, now }: ClusterOptions) => {
  let current = 0
  let hasAnswered = false
  const run = async <T>(work: (client: Client) => Promise<T>, signal: AbortSignal, isRepeated = true): Promise<T> => {
    const startedMs = now()
    for (let attempt = 1; ; attempt++) {
      const index = current
      try {
        const result = await work(pickAt(clients, index))
        hasAnswered = true
        return result
      } catch (error) {
        const isLastOfRound = attempt % clients.length === 0
        if (!isRepeated || signal.aborted || !isElsewhereBetter(error)) throw error
        // Calls run side by side: only the first to fail moves on, or they would skip each other's endpoints.
        if (current === index) current = (index + 1) % clients.length
        if (!isLastOfRound) continue
        if (now() - startedMs > patienceMs || !isWorthWaiting(error, hasAnswered)) throw error
        await pause(attempt / clients.length, signal)
      }
    }
  }
  return { run }
}

const pickAt = (clients: readonly Client[], index: number): Client => {
  const client = clients[index]
  if (client === undefined) throw new EngineError('invalid', 'reach an engine: no endpoint was given')
  return client
}

/** Also `refused`: a node that is no manager (any more) refuses what a manager does. */
const isElsewhereBetter = (error: unknown): boolean =>
  error instanceof EngineError &&
  (error.code === 'unreachable' ||
    error.code === 'no-quorum' ||
    error.code === 'timeout' ||
    (error.code === 'refused' && error.message.includes('manager')))

/** An engine that never answered is not there; one that did restarts, and a Swarm without a leader elects one. */
const isWorthWaiting = (error: unknown, hasAnswered: boolean): boolean =>
  error instanceof EngineError && (error.code === 'no-quorum' || (hasAnswered && error.code === 'unreachable'))

const pause = async (round: number, signal: AbortSignal): Promise<void> => {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, round - 1))
  await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
    throw new EngineError('timeout', 'wait for the managers to answer: stopped', { cause, retry: false })
  })
}
