import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { EngineError } from '@atoll/engine'
import type { Engine, NodeEngine } from '@atoll/engine'
import type { Self } from '@atoll/engine/remote'
import type { Documents } from '@atoll/store'
import type { ConfigsApi } from '@atoll/store/swarm'
import type { Agent, AgentDirectory } from './agent.ts'
import { answer } from './answer.ts'
import type { Stops } from './answer.ts'
import type { DiskWatch } from './disk/watch-disk.ts'
import { guardConfigs } from './own-configs.ts'
import type { IngressKeeper } from './ingress/keep-ingress.ts'
import type { Journal } from './log.ts'
import { openSocket } from './open-socket.ts'
import type { SocketPlace } from './open-socket.ts'
import type { PeerDoor } from './peers/admit-peer.ts'
import { refuseStranger } from './peers/open-door.ts'
import type { Peers } from './peers/peers.ts'
import { createTurns } from './turns.ts'

export interface AgentServerOptions extends SocketPlace, Journal {
  readonly engine: Engine
  readonly node: NodeEngine
  readonly directory: AgentDirectory
  /** Without them verbs for other nodes are refused. */
  readonly peers?: Peers
  /** What other agents may ask besides, and which of them may ask at all; without it every one, and nothing of volumes. */
  readonly door?: PeerDoor
  /** Without it the engine says what it sees of its disk, and no build is refused for lack of room. */
  readonly watch?: DiskWatch
  /** Without it the node has none. */
  readonly ingress?: IngressKeeper
  readonly streams?: IngressKeeper
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
  /** Serves other agents, too, at a server that asks for certificates. It is closed with this one. */
  servePeers(door: Server): void
}

const maxConnections = 1_024
/** Each may take half an hour. */
const mostBuildsWaiting = 8
const headersTimeoutMs = 10_000
/** Longer than callers keep a connection unused, so that it is them who close it. */
const keepAliveMs = 60_000

/** Serves the verbs of any engine at a unix socket. Throws AgentError when it cannot listen. */
export const openAgentServer = async (options: AgentServerOptions): Promise<AgentServer> => {
  const { engine, node, directory, peers, documents, self, watch, ingress, streams, now, writeLog } = options
  const configs = guardConfigs(options.configs)
  const builds = createTurns({ mostWaiting: mostBuildsWaiting })
  const journal = { now, writeLog }
  const seen = { ...(watch && { watch }), ...(ingress && { ingress }), ...(streams && { streams }) }
  const nodeId = rememberNodeId(self)
  const alone: Agent = { engine, node, directory, documents, self, nodeId, configs, journal, builds, ...seen }
  const agent: Agent = { ...alone, ...(peers && { peers }) }
  const doors: Server[] = []
  const leaving = new AbortController()
  const ending = new AbortController()
  const stops = { leaving: leaving.signal, ending: ending.signal }
  const work = trackWork(agent, stops)
  // A peer asks for this node; what it asks for others is not passed on once more.
  const peerWork = trackWork({ ...alone, ...(options.door && { door: options.door }) }, stops)
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
    for (const each of [server, ...doors]) each.close().closeIdleConnections()
    await removeSocket()
    const settled = Promise.all([work.settled(), peerWork.settled()])
    await Promise.race([settled, waitFor(graceMs)])
    ending.abort(new EngineError('unreachable', 'the agent had to stop before this was done; ask again'))
    await Promise.race([settled, waitFor(lastWordsMs)])
    for (const each of [server, ...doors]) each.closeAllConnections()
    await closed
  }
  const closeOnce = whenFirst(close)
  const servePeers = (door: Server): void => {
    doors.push(door)
    door.maxConnections = maxConnections
    door.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!refuseStranger(request, response)) peerWork.start(request, response)
    })
  }
  return { close: closeOnce, servePeers, [Symbol.asyncDispose]: () => closeOnce(0) }
}

/** It stays as it is for as long as an agent lives: an engine that leaves its Swarm ends the tasks it has of it. */
const rememberNodeId = (self: Agent['self']): Agent['nodeId'] => {
  let known = ''
  return async (signal) => {
    if (known === '') known = (await self(signal)).nodeId
    return known
  }
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
