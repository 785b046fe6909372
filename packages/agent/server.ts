import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EngineError } from '@atoll/engine'
import type { Engine } from '@atoll/engine'
import type { Self } from '@atoll/engine/remote'
import type { Documents } from '@atoll/store'
import type { ConfigsApi } from '@atoll/store/swarm'
import type { Agent } from './agent.ts'
import { answer } from './answer.ts'
import type { Stops } from './answer.ts'
import { guardConfigs } from './own-configs.ts'
import type { Journal } from './log.ts'
import { openSocket } from './open-socket.ts'
import type { SocketPlace } from './open-socket.ts'

export interface AgentServerOptions extends SocketPlace, Journal {
  readonly engine: Engine
  /** Of the same cluster; only the platform's own are served. */
  readonly configs: ConfigsApi
  /** Where owners' allowances are. */
  readonly documents: Documents
  readonly self: (signal: AbortSignal) => Promise<Self>
}

export interface AgentServer extends AsyncDisposable {
  /**
   * Takes no more requests, ends what is endless at once, waits for the rest at most so long and then stops it. Disposal
   * does not wait.
   */
  close(graceMs: number): Promise<void>
}

const maxConnections = 1_024
const headersTimeoutMs = 10_000
/** Longer than callers keep a connection unused, so that it is them who close it. */
const keepAliveMs = 60_000

/** Serves the verbs of any engine at a unix socket. Throws AgentError when it cannot listen. */
export const openAgentServer = async (options: AgentServerOptions): Promise<AgentServer> => {
  const { engine, documents, self, now, writeLog } = options
  const configs = guardConfigs(options.configs)
  const agent: Agent = { engine, documents, self, configs, journal: { now, writeLog } }
  const leaving = new AbortController()
  const ending = new AbortController()
  const work = trackWork(agent, { leaving: leaving.signal, ending: ending.signal })
  // A body has a time limit of its own where it is read; that of exec is open for as long as the program runs.
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: headersTimeoutMs,
    keepAliveTimeout: keepAliveMs,
  })
  server.maxConnections = maxConnections
  server.on('request', work.start)
  const removeSocket = await openSocket(server, options)
  const close = async (graceMs: number): Promise<void> => {
    leaving.abort(new EngineError('unreachable', 'the agent stops; ask again'))
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    await removeSocket()
    await Promise.race([work.settled(), waitFor(graceMs)])
    ending.abort(new EngineError('unreachable', 'the agent had to stop before this was done; ask again'))
    await Promise.race([work.settled(), waitFor(lastWordsMs)])
    server.closeAllConnections()
    await closed
  }
  const closeOnce = whenFirst(close)
  return { close: closeOnce, [Symbol.asyncDispose]: () => closeOnce(0) }
}

/** For errors to reach their callers. */
const lastWordsMs = 500

const trackWork = (agent: Agent, stops: Stops) => {
  const running = new Set<Promise<void>>()
  return {
    start: (request: IncomingMessage, response: ServerResponse): void => {
      const one = answer(agent, { request, response }, stops).finally(() => running.delete(one))
      running.add(one)
    },
    settled: async (): Promise<void> => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

const waitFor = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

const whenFirst = (close: (graceMs: number) => Promise<void>): ((graceMs: number) => Promise<void>) => {
  let closing: Promise<void> | undefined
  return (graceMs) => (closing ??= close(graceMs))
}
