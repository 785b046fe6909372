import type { ObservedNode } from '@atoll/plan'
import { EngineError } from '../errors.ts'
import { openClient } from './client.ts'
import type { Api, Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { observeNodes } from './observe-nodes.ts'
import { infoReply } from './replies.ts'

/**
 * Engines of single nodes. What happens inside a container or a volume is known to its node's engine only, and a manager
 * does not pass it on; so engines are asked which node they are, until the right one is found.
 */
export interface NodeClients extends AsyncDisposable {
  find(nodeId: string, signal: AbortSignal): Promise<Client | undefined>
  /** Throws EngineError `not-found` that says how to name the engine. `doing` begins the message. */
  get(nodeId: string, doing: string, signal: AbortSignal): Promise<Client>
  /** All engines that answer, by node. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, Client>>
}

export interface NodeClientsOptions {
  readonly api: Api
  /** Clients of the endpoints a person gave; they are not closed here. */
  readonly managers: readonly Client[]
  /** Asked only when the managers are not the node: docker contexts, a lab's sockets. */
  readonly more: () => Promise<readonly Endpoint[]>
}

const helloTimeoutMs = 5_000
const maxEndpoints = 200

export const openNodeClients = ({ api, managers, more }: NodeClientsOptions): NodeClients => {
  const known = new Map<string, Client>()
  let others: Promise<readonly Client[]> | undefined
  const openOthers = async (): Promise<readonly Client[]> => {
    const names = new Set(managers.map(({ endpoint }) => addressOf(endpoint)))
    const endpoints = (await more()).filter((endpoint) => !names.has(addressOf(endpoint)))
    return endpoints.slice(0, maxEndpoints).map((endpoint) => openClient(endpoint))
  }
  const strangersAmong = (clients: readonly Client[]): readonly Client[] => {
    const met = new Set(known.values())
    return clients.filter((client) => !met.has(client))
  }
  const meet = async (clients: readonly Client[], signal: AbortSignal): Promise<void> => {
    await Promise.all(strangersAmong(clients).map((client) => introduce(client, known, signal)))
  }
  /** Done as soon as the node is found: engines that hang do not hold up whoever looks for another. */
  const seek = async (nodeId: string, clients: readonly Client[], signal: AbortSignal): Promise<boolean> => {
    const searches = strangersAmong(clients).map(async (client) => {
      await introduce(client, known, signal)
      if (!known.has(nodeId)) throw new EngineError('not-found', 'another node')
    })
    return Promise.any(searches).then(
      () => true,
      () => false,
    )
  }
  const find = async (nodeId: string, signal: AbortSignal): Promise<Client | undefined> => {
    if (!known.has(nodeId) && !(await seek(nodeId, managers, signal)))
      await seek(nodeId, await (others ??= openOthers()), signal)
    return known.get(nodeId)
  }
  return {
    find,
    get: async (nodeId, doing, signal) => {
      const client = await find(nodeId, signal)
      if (client !== undefined) return client
      const silent = strangersAmong([...managers, ...((await others) ?? [])]).map(({ endpoint }) => endpoint.name)
      throw await describeAbsence(api, { nodeId, doing, silent }, signal)
    },
    list: async (signal) => {
      await Promise.all([meet(managers, signal), (others ??= openOthers()).then((clients) => meet(clients, signal))])
      return new Map(known)
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of (await others) ?? []) await client[Symbol.asyncDispose]()
    },
  }
}

/** An engine that does not answer is no node we can reach; why does not matter to whoever asks for another node. */
const introduce = async (client: Client, known: Map<string, Client>, signal: AbortSignal): Promise<void> => {
  try {
    const call = { method: 'GET', path: '/info', timeoutMs: helloTimeoutMs } as const
    const info = await client.json(call, infoReply, AbortSignal.any([signal, AbortSignal.timeout(helloTimeoutMs)]))
    if (info.Swarm.NodeID !== '') known.set(info.Swarm.NodeID, client)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
  }
}

const addressOf = (endpoint: Endpoint): string => {
  const { name: _name, ...address } = endpoint
  return JSON.stringify(address)
}

const describeAbsence = async (
  api: Api,
  { nodeId, doing, silent }: { readonly nodeId: string; readonly doing: string; readonly silent: readonly string[] },
  signal: AbortSignal,
): Promise<EngineError> => {
  const nodes: readonly ObservedNode[] = await observeNodes(api, signal)
  const node = nodes.find(({ id }) => id === nodeId)
  const where = node === undefined ? nodeId : `${node.name} (${node.address})`
  const how = `add --engine ssh://USER@${node?.address || 'ADDRESS'}, or make a docker context for it`
  const state =
    node === undefined || node.state === 'ready'
      ? 'its engine cannot be reached from here'
      : `the node is ${node.state}`
  // One of them may be the one, but it has not said so.
  const heard = silent.length === 0 ? '' : ` (no answer from ${silent.join(', ')})`
  return new EngineError('not-found', `${doing}: it is on node ${where} and ${state}${heard}; ${how}`)
}
