import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { EngineError } from '../errors.ts'
import { findAwake } from '../find-awake.ts'
import { nameCall, openClient } from './client.ts'
import type { Api, Call, Client } from './client.ts'
import { openElectionWatch } from './election-watch.ts'
import type { ElectionWatch } from './election-watch.ts'
import type { Endpoint } from './endpoint.ts'
import { filesReply } from './replies.ts'
import { summarizeFailures } from './summarize-failures.ts'

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
const longestPauseMs = 500
/** Between the first knocks at one manager and at the next. */
const staggerMs = 1_000

export const openCluster = (endpoints: readonly Endpoint[], options: ClusterOptions): Cluster => {
  const clients = endpoints.map((endpoint) => openClient(endpoint))
  const attempts = trackAttempts(clients, options)
  const hurry = (call: Call): Call =>
    clients.length > 1 && call.timeoutMs === undefined ? { ...call, timeoutMs: hurriedMs } : call
  const describe = (call: Call): Task => ({ doing: nameCall(call), isRepeated: !(call.body instanceof Readable) })
  return {
    clients,
    pick: (signal) =>
      attempts.run((client) => client.version(signal).then(() => client), { doing: 'reach a manager', signal }),
    json: (call, shape, signal) =>
      attempts.run((client, ended) => client.json(hurry(call), shape, ended), { ...describe(call), signal }),
    send: (call, signal) =>
      attempts.run((client, ended) => client.send(hurry(call), ended), { ...describe(call), signal }),
    stream: (call, signal) =>
      attempts.run((client, ended) => client.stream(hurry(call), ended), { ...describe(call), signal }),
    hijack: (call, signal) =>
      attempts.run((client) => client.hijack(call, signal), { ...describe(call), isRepeated: false, signal }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
    },
  }
}

interface Task {
  readonly doing: string
  /** A stream that was begun cannot be sent again. All else can: every write of this room is idempotent. */
  readonly isRepeated?: boolean
}

interface Past {
  readonly hasAnswered: boolean
  readonly isAlone: boolean
}

const trackAttempts = (clients: readonly Client[], { patienceMs, now }: ClusterOptions) => {
  let current = 0
  let hasAnswered = false
  const isAlone = clients.length === 1
  const watches = new Map(clients.map((client) => [client, openElectionWatch((signal) => askLeader(client, signal))]))
  const preferAwake = async (signal: AbortSignal): Promise<void> => {
    const knock = (client: Client, until: AbortSignal): Promise<unknown> => client.version(until)
    const awake = await findAwake(clients, { knock, staggerMs, signal })
    if (awake !== undefined && !hasAnswered) current = clients.indexOf(awake)
  }
  const run = async <T>(
    work: (client: Client, signal: AbortSignal) => Promise<T>,
    { doing, isRepeated = true, signal }: Task & { readonly signal: AbortSignal },
  ): Promise<T> => {
    const startedMs = now()
    if (!hasAnswered && !isAlone) await preferAwake(signal)
    for (let round = 1; ; round++) {
      const first = current
      const failures: EngineError[] = []
      for (let offset = 0; offset < Math.max(1, clients.length); offset++) {
        const index = (first + offset) % clients.length
        try {
          const client = pickAt(clients, index)
          const watch = isRepeated ? watches.get(client) : undefined
          const result = await carry((ended) => work(client, ended), watch, signal)
          hasAnswered = true
          return result
        } catch (error) {
          if (!isRepeated || signal.aborted || !isElsewhereBetter(error)) throw error
          // Calls run side by side: only the first to fail moves on, or they would skip each other's endpoints.
          if (current === index) current = (index + 1) % clients.length
          failures.push(error)
        }
      }
      const failure = summarizeFailures(doing, failures)
      if (now() - startedMs > patienceMs || !isWorthWaiting(failure, { hasAnswered, isAlone })) throw failure
      await pause(round, signal)
    }
  }
  return { run }
}

const carry = <T>(
  work: (signal: AbortSignal) => Promise<T>,
  watch: ElectionWatch | undefined,
  signal: AbortSignal,
): Promise<T> => (watch === undefined ? work(signal) : watch.carry(work, signal))

/** A small question that a manager passes on to its leader. */
const askLeader = (client: Client, signal: AbortSignal): Promise<unknown> =>
  client.json({ method: 'GET', path: '/configs', query: { filters: { name: ['atoll-nothing'] } } }, filesReply, signal)

const pickAt = (clients: readonly Client[], index: number): Client => {
  const client = clients[index]
  if (client === undefined) throw new EngineError('invalid', 'reach an engine: no endpoint was given')
  return client
}

/** Also `refused`: a node that is no manager (any more) refuses what a manager does. */
const isElsewhereBetter = (error: unknown): error is EngineError =>
  error instanceof EngineError &&
  (error.code === 'unreachable' ||
    error.code === 'no-quorum' ||
    error.code === 'timeout' ||
    (error.code === 'refused' && error.message.includes('manager')))

/**
 * An engine that never answered is not there; one that did restarts, and a Swarm without a leader elects one. Managers
 * whose leader lost its power hang on their connection to it: none answers in time until the next one leads.
 */
const isWorthWaiting = ({ code }: EngineError, { hasAnswered, isAlone }: Past): boolean =>
  code === 'no-quorum' || (code === 'timeout' && !isAlone) || (code === 'unreachable' && hasAnswered)

const pause = async (round: number, signal: AbortSignal): Promise<void> => {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(10, round - 1))
  await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
    throw new EngineError('timeout', 'wait for the managers to answer: stopped', { cause, retry: false })
  })
}
