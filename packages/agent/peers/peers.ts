import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '@atoll/engine'
import { gatherWrites, nodeHeader } from '@atoll/engine/remote'
import type { AgentDirectory } from '../agent.ts'
import type { Exchange } from '../verbs/exec.ts'
import type { Credentials } from './credentials.ts'
import { nameAgent } from './name-agent.ts'

/** The other agents of the cluster. */
export interface Peers {
  /** Passes a request on to the agent of a node, and its answer back, bytes both ways. Throws EngineError. */
  forward(exchange: Exchange, nodeId: string, signal: AbortSignal): Promise<void>
  /** A request of this agent's own to the agent of a node. Throws EngineError `unreachable` when none answers there. */
  converse(call: PeerCall, signal: AbortSignal): Promise<PeerConversation>
}

export interface PeerCall {
  readonly nodeId: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Bytes both ways, until it is disposed of. */
export interface PeerConversation extends AsyncDisposable {
  readonly outgoing: ClientRequest
  readonly incoming: Promise<IncomingMessage>
}

export interface PeersOptions {
  readonly directory: AgentDirectory
  /** Undefined until the first certificate has come. */
  readonly credentials: () => Credentials | undefined
  readonly authorityPem: string
  readonly port: number
  /** For connecting and for shaking hands; 5 s unless said. What stands may take as long as it likes. */
  readonly connectMs?: number
}

const connectTimeoutMs = 5_000

export const openPeers = (options: PeersOptions): Peers => ({
  forward: async (exchange, nodeId, signal) => {
    const socket = await connectToNode(options, nodeId, signal).catch(refuseRepeats)
    await passOn(exchange, { socket, nodeId }, signal)
  },
  converse: async ({ nodeId, path, headers }, signal) => {
    const socket = await connectToNode(options, nodeId, signal)
    const all = { ...headers, [nodeHeader]: nodeId, host: nameAgent(nodeId) }
    const outgoing = httpsRequest({ createConnection: () => socket, method: 'POST', path, headers: all, signal })
    const incoming = once(outgoing, 'response', { signal }).then(
      ([response]) => response as IncomingMessage,
      (cause: unknown) => {
        throw describeBreak(nodeId, cause, signal)
      },
    )
    // Who writes is told by the request itself.
    incoming.catch(() => undefined)
    const close = async (): Promise<void> => {
      outgoing.destroy()
      socket.destroy()
    }
    return { outgoing, incoming, [Symbol.asyncDispose]: close }
  },
})

const connectToNode = async (options: PeersOptions, nodeId: string, signal: AbortSignal): Promise<TLSSocket> => {
  const places = await options.directory.listAgents(signal)
  const addresses = places.filter((place) => place.nodeId === nodeId).flatMap((place) => place.addresses)
  return connectAny(options, { nodeId, addresses }, signal)
}

interface Target {
  readonly nodeId: string
  readonly addresses: readonly string[]
}

const connectAny = async (options: PeersOptions, target: Target, signal: AbortSignal): Promise<TLSSocket> => {
  const troubles: string[] = []
  for (const host of target.addresses) {
    try {
      return await connectTo(options, { host, nodeId: target.nodeId }, signal)
    } catch (error) {
      signal.throwIfAborted()
      troubles.push(`${host}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const why = troubles.length === 0 ? 'none runs there' : troubles.join('; ')
  throw new EngineError(
    'unreachable',
    `reach the agent of node ${target.nodeId}: ${why}; see "atoll status atoll/system"`,
  )
}

/** Who asks by way of another manager's agent would hear the same, after as long. */
const refuseRepeats = (error: unknown): never => {
  if (!(error instanceof EngineError) || error.code !== 'unreachable') throw error
  throw new EngineError('unreachable', error.message, { cause: error, retry: false })
}

/** Whoever answers has to prove that it is the agent of this very node. */
const connectTo = async (
  { credentials, authorityPem, port, connectMs = connectTimeoutMs }: PeersOptions,
  { host, nodeId }: { readonly host: string; readonly nodeId: string },
  signal: AbortSignal,
): Promise<TLSSocket> => {
  const own = credentials()
  if (own === undefined) throw new Error('this agent has no certificate yet; its log says why')
  const socket = connect({
    host,
    port,
    servername: nameAgent(nodeId),
    ca: authorityPem,
    cert: own.certificatePem,
    key: own.keyPem,
    minVersion: 'TLSv1.3',
  })
  // What is typed is not to wait for the answer to what was typed before.
  socket.setNoDelay(true)
  const timer = AbortSignal.timeout(connectMs)
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, timer]) })
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw timer.aborted ? new Error(`no answer for ${connectMs / 1000} s`, { cause: error }) : error
  }
}

const passOn = async (
  { request, response }: Exchange,
  { socket, nodeId }: { readonly socket: TLSSocket; readonly nodeId: string },
  signal: AbortSignal,
): Promise<void> => {
  const headers = { 'content-type': request.headers['content-type'], [nodeHeader]: nodeId, host: nameAgent(nodeId) }
  const outgoing = httpsRequest({ createConnection: () => socket, method: 'POST', path: request.url, headers, signal })
  outgoing.on('error', () => undefined)
  const sending = gatherWrites(outgoing).on('error', () => undefined)
  request.pipe(sending)
  try {
    outgoing.flushHeaders()
    const [incoming] = (await once(outgoing, 'response', { signal })) as [IncomingMessage]
    response.writeHead(incoming.statusCode ?? 502, { 'Content-Type': incoming.headers['content-type'] ?? '' })
    response.flushHeaders()
    // An answer that is cut is cut for the caller, too: nobody may take it for whole.
    await pipeline(incoming, gatherWrites(response))
  } catch (cause) {
    throw describeBreak(nodeId, cause, signal)
  } finally {
    request.unpipe(sending)
    outgoing.destroy()
    socket.destroy()
  }
}

const describeBreak = (nodeId: string, cause: unknown, signal: AbortSignal): EngineError => {
  signal.throwIfAborted()
  const text = cause instanceof Error ? cause.message : String(cause)
  return new EngineError('unreachable', `ask the agent of node ${nodeId}: ${text}`, { cause, retry: false })
}
