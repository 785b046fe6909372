import { openClient } from '../swarm/client.ts'
import type { Endpoint } from '../swarm/endpoint.ts'
import { observeNodes } from '../swarm/observe-nodes.ts'
import { infoReply } from '../swarm/replies.ts'
import type { Self } from './shapes/replies.ts'

/** What the engine at an endpoint says of its own node. A worker knows of no leader. Throws EngineError. */
export const readSelf = async (endpoint: Endpoint, signal: AbortSignal): Promise<Self> => {
  await using client = openClient(endpoint)
  const call = { method: 'GET', path: '/info', doing: 'ask the engine who it is' } as const
  const { ServerVersion: engineVersion, Swarm } = await client.json(call, infoReply, signal)
  const { NodeID: nodeId, ControlAvailable: isManager } = Swarm
  const nodes = isManager ? await observeNodes(client, signal) : []
  const isLeader = nodes.some(({ id, isLeader }) => id === nodeId && isLeader)
  return { nodeId, isManager, isLeader, engineVersion }
}
