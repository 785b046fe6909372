import type { Admission } from '@atoll/engine'
import { joinSwarm, knockFrom, leaveSwarm, restartJoined, runsContainers } from '@atoll/server'
import type { Server, ServerFacts } from '@atoll/server'
import { CommandError } from '../errors.ts'
import { chooseAddress } from './choose-address.ts'
import type { Steps } from './lay-ground.ts'

interface SeenNode {
  readonly id: string
  readonly address: string
  readonly state: string
}

/** A server at the door of a cluster. */
export interface Entering {
  readonly server: Server
  /** Of the cluster, before it joined. */
  readonly nodes: readonly SeenNode[]
  readonly facts: ServerFacts
  readonly steps: Pick<Steps, 'onStep'>
}

/** Of a server that is in this cluster already. */
export const ownNodeId = ({ engine }: ServerFacts, nodes: readonly Pick<SeenNode, 'id'>[]): string | undefined => {
  const nodeId = engine.kind === 'answering' && engine.swarm.kind === 'member' ? engine.swarm.nodeId : undefined
  return nodes.find(({ id }) => id === nodeId)?.id
}

/** Before anything is changed: a closed port is the usual reason why a join hangs. CommandError `ports-closed`. */
export const knock = async (
  { server, nodes, steps }: Entering,
  managers: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  steps.onStep('see whether it reaches the nodes')
  const ready = nodes.filter(({ state }) => state === 'ready')
  const doors = [...managers, ...ready.map(({ address }) => `${address}:7946`)]
  const closed = await knockFrom(server, doors, signal)
  if (closed === undefined || closed.length === 0) return
  // Managers elect among themselves while one is away; the others take servers in.
  if (closed.every((door) => managers.includes(door)) && closed.length < managers.length) return
  throw new CommandError('ports-closed', `${server.name}: it does not reach ${closed.join(', ')} (tcp)`, {
    hint: 'on these nodes, and in a firewall of the provider, let it in at 2377/tcp (managers), 7946/tcp, 7946/udp and 4789/udp; is its private network the same?',
  })
}

interface JoinRequest {
  readonly admission: Admission
  /** `--address`. */
  readonly address?: string
  /** It takes no tasks from its first moment on. */
  readonly isIdle?: boolean
}

/** Becomes a worker, at the address that is most like those of the others. */
export const join = async (
  { server, nodes, facts, steps }: Entering,
  { admission, address, isIdle = false }: JoinRequest,
  signal: AbortSignal,
): Promise<void> => {
  const { workerToken: token, managers } = admission
  const { engine } = facts
  steps.onStep('join the cluster')
  const isHalfIn = engine.kind === 'answering' && engine.swarm.kind === 'member'
  if (isHalfIn) await leaveSwarm(server, signal)
  const known = nodes.map((node) => node.address)
  const chosen = address ?? chooseAddress(facts.addresses, known) ?? ''
  const isBusy = await runsContainers({ server, signal })
  await joinSwarm(server, { token, managers, address: chosen, isIdle }, signal)
  // Containers of somebody else go on; such a server is only the last that should be made a manager.
  if (isBusy) return
  steps.onStep('restart Docker there, which remembers by whom it joined')
  await restartJoined({ server, signal }, facts)
}
