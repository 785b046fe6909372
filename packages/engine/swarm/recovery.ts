import { EngineError } from '../errors.ts'
import { openClient } from './client.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { containersReply, recoveryInfoReply, swarmReply, votersReply } from './replies.ts'

/** What one engine knows of the Swarm it is in, whether or not that has a quorum. */
export interface LeftManager {
  readonly name: string
  readonly nodeId: string
  /** Where other nodes reach it, without a port. */
  readonly address: string
  readonly role: 'manager' | 'worker' | 'none'
  /** The managers work together: there is nothing to recover. */
  readonly hasQuorum: boolean
  /** The other managers it knows: `10.0.0.2:2377`. */
  readonly others: readonly { readonly nodeId: string; readonly address: string }[]
  /** Containers of services that run there. */
  readonly tasks: number
}

export interface JoinRequest {
  /** Of a manager: `10.0.0.1:2377`. */
  readonly manager: string
  readonly token: string
}

/** One engine, for what is done when no manager can be asked. Throws EngineError. */
export interface Recovery extends AsyncDisposable {
  readonly name: string
  look(signal: AbortSignal): Promise<LeftManager>
  /** A Swarm of this manager alone, with all that it knows; the others are no members any more. */
  beginAnew(signal: AbortSignal): Promise<void>
  /** With what a node joins as a worker. */
  workerToken(signal: AbortSignal): Promise<string>
  /** It forgets the Swarm it was in, and joins as a worker. */
  joinAnew(request: JoinRequest, signal: AbortSignal): Promise<void>
}

/** Loading the Raft and stopping the manager that waits takes it seconds. */
const forceMs = 120_000
const nodesMs = 10_000

export const openRecovery = (endpoint: Endpoint): Recovery => {
  const client = openClient(endpoint)
  return {
    name: endpoint.name,
    look: (signal) => look(client, signal),
    beginAnew: async (signal) => {
      const { address } = await look(client, signal)
      const body = { ListenAddr: listenAddress, AdvertiseAddr: address, ForceNewCluster: true, Spec: {} }
      const doing = 'begin the Swarm anew'
      await client.send({ method: 'POST', path: '/swarm/init', body, doing, timeoutMs: forceMs }, signal)
    },
    workerToken: async (signal) => {
      const call = { method: 'GET', path: '/swarm', doing: 'read the token of workers' } as const
      return (await client.json(call, swarmReply, signal)).JoinTokens.Worker
    },
    joinAnew: (request, signal) => joinAnew(client, request, signal),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const listenAddress = '0.0.0.0:2377'

const look = async (client: Client, signal: AbortSignal): Promise<LeftManager> => {
  const { Name, Swarm } = await client.json({ method: 'GET', path: '/info' }, recoveryInfoReply, signal)
  const isIn = Swarm.NodeID !== '' && Swarm.LocalNodeState !== 'inactive'
  const isManager = isIn && Swarm.ControlAvailable
  const filters = { label: ['com.docker.swarm.service.id'], status: ['running'] }
  const query = { filters }
  const containers = await client.json({ method: 'GET', path: '/containers/json', query }, containersReply, signal)
  return {
    name: Name,
    nodeId: Swarm.NodeID,
    address: Swarm.NodeAddr,
    role: isManager ? 'manager' : isIn ? 'worker' : 'none',
    hasQuorum: isManager && (await hasQuorum(client, signal)),
    others: Swarm.RemoteManagers.filter(({ NodeID }) => NodeID !== Swarm.NodeID).map(({ NodeID, Addr }) => ({
      nodeId: NodeID,
      address: Addr,
    })),
    tasks: containers.length,
  }
}

/** A manager that waits for the others answers late, or not at all; one that led goes on answering for a while. */
const hasQuorum = async (client: Client, signal: AbortSignal): Promise<boolean> => {
  try {
    const nodes = await client.json({ method: 'GET', path: '/nodes', timeoutMs: nodesMs }, votersReply, signal)
    const voters = nodes.flatMap(({ ManagerStatus }) => ManagerStatus ?? [])
    const reachable = voters.filter(({ Reachability }) => Reachability === 'reachable')
    return reachable.length * 2 > voters.length
  } catch (error) {
    // One that begins anew refuses for a moment what a manager does not.
    if (error instanceof EngineError && error.code !== 'unreachable' && !signal.aborted) return false
    throw error
  }
}

const joinAnew = async (client: Client, { manager, token }: JoinRequest, signal: AbortSignal): Promise<void> => {
  const { address, role } = await look(client, signal)
  if (role !== 'none') {
    const leave = { method: 'POST', path: '/swarm/leave', query: { force: 'true' }, doing: 'leave the Swarm' } as const
    await client.send({ ...leave, timeoutMs: forceMs }, signal)
  }
  const body = {
    ListenAddr: listenAddress,
    RemoteAddrs: [manager],
    JoinToken: token,
    ...(address === '' ? {} : { AdvertiseAddr: address }),
  }
  const doing = `join the Swarm of ${manager}`
  await client.send({ method: 'POST', path: '/swarm/join', body, doing, timeoutMs: forceMs }, signal)
}
