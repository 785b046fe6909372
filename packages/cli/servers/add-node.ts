import type { Admission } from '@atoll/engine'
import type { HeldNode } from '@atoll/plan'
import { joinSwarm, knockFrom, leaveSwarm, readNodeId } from '@atoll/server'
import type { Server, ServerFacts, SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { CommandError } from '../errors.ts'
import { awaitReady, takeOut } from './await-node.ts'
import { chooseAddress } from './choose-address.ts'
import { inspectServer, prepare } from './lay-ground.ts'
import type { Steps } from './lay-ground.ts'
import { openJoinable } from './open-joinable.ts'
import type { Joinable } from './open-joinable.ts'
import type { TargetFlags } from '../platform/choose-context.ts'
import type { NodePart } from './read-nodes-file.ts'
import { requireProof } from './require-proof.ts'

export interface AddRequest {
  readonly login: SshLogin
  /** The cluster it joins. */
  readonly target: TargetFlags
  readonly zone?: string
  /** The first three nodes are managers unless said. */
  readonly role?: NodePart
  readonly name?: string
  readonly address?: string
  readonly image?: string
}

export interface AddedNode {
  readonly node: string
  readonly nodeId: string
  readonly address: string
  readonly role: NodePart
  readonly zone?: string
  /** False: it was a node of this cluster before. */
  readonly isJoined: boolean
  /** Names of the nodes it was proven with; none of a witness, which the managers prove by taking its vote. */
  readonly provenWith: readonly string[]
  readonly warnings: readonly string[]
}

const usualManagers = 3

/**
 * A server becomes a node: looked at, prepared, joined as a worker, proven, and only then a manager, if it is to be one. Run again
 * it goes on where it was. Throws CommandError `unfit`, `ports-closed`, `not-proven`, ServerError, and what the cluster throws.
 */
export const addNode = async (cli: Cli, request: AddRequest, steps: Steps): Promise<AddedNode> => {
  await using joinable = await openJoinable(cli, request.target)
  steps.onStep('ask the cluster for its nodes')
  const nodes = await joinable.cluster.nodes(cli.signal)
  await using server = await cli.openServer(request.login)
  const role = request.role ?? chooseRole(nodes)
  const parts = { isManager: role !== 'worker', isWitness: role === 'witness' }
  const wanted = { cluster: { nodes }, ...parts, ...pick(request, 'name') }
  const { facts } = await inspectServer(cli, { server, wanted, steps })
  const joining: Joining = { server, joinable, nodes, facts, request, steps }
  const isJoined = ownNodeId(joining) === undefined
  const admission = isJoined ? await joinable.cluster.admission(cli.signal) : undefined
  if (admission !== undefined) await knock(cli, joining, admission)
  await prepare(cli, { server, facts, steps, ...pick(request, 'name') })
  if (admission !== undefined) await join(cli, joining, { admission, role })
  const left = (): void =>
    steps.onNote(`${server.name} is in the cluster and not proven yet: the same once more goes on`)
  cli.signal.addEventListener('abort', left, { once: true })
  try {
    return await settle(cli, { ...joining, role, isJoined })
  } finally {
    cli.signal.removeEventListener('abort', left)
  }
}

interface Joining {
  readonly server: Server
  readonly joinable: Joinable
  /** Before it joined. */
  readonly nodes: readonly HeldNode[]
  readonly facts: ServerFacts
  readonly request: AddRequest
  readonly steps: Steps
}

const pick = <Key extends keyof AddRequest>(request: AddRequest, key: Key): Pick<AddRequest, Key> =>
  request[key] === undefined ? ({} as Pick<AddRequest, Key>) : ({ [key]: request[key] } as Pick<AddRequest, Key>)

const chooseRole = (nodes: readonly HeldNode[]): 'manager' | 'worker' =>
  nodes.filter(({ role }) => role !== 'worker').length < usualManagers ? 'manager' : 'worker'

/** Of a server that is in this cluster already. */
const ownNodeId = ({ facts: { engine }, nodes }: Joining): string | undefined => {
  const nodeId = engine.kind === 'answering' && engine.swarm.kind === 'member' ? engine.swarm.nodeId : undefined
  return nodes.find(({ id }) => id === nodeId)?.id
}

/** Before anything is changed: a closed port is the usual reason why a join hangs. */
const knock = async (cli: Cli, { server, nodes, steps }: Joining, { managers }: Admission): Promise<void> => {
  steps.onStep('see whether it reaches the nodes')
  const ready = nodes.filter(({ state }) => state === 'ready')
  const doors = [...managers, ...ready.map(({ address }) => `${address}:7946`)]
  const closed = await knockFrom(server, doors, cli.signal)
  if (closed === undefined || closed.length === 0) return
  // Managers elect among themselves while one is away; the others take servers in.
  if (closed.every((door) => managers.includes(door)) && closed.length < managers.length) return
  throw new CommandError('ports-closed', `${server.name}: it does not reach ${closed.join(', ')} (tcp)`, {
    hint: 'on these nodes, and in a firewall of the provider, let it in at 2377/tcp (managers), 7946/tcp, 7946/udp and 4789/udp; is its private network the same?',
  })
}

const join = async (
  cli: Cli,
  { server, nodes, facts, request, steps }: Joining,
  { admission, role }: { readonly admission: Admission; readonly role: NodePart },
): Promise<void> => {
  const { workerToken: token, managers } = admission
  steps.onStep('join the cluster')
  const { engine } = facts
  const isHalfIn = engine.kind === 'answering' && engine.swarm.kind === 'member'
  if (isHalfIn) await leaveSwarm(server, cli.signal)
  const address =
    request.address ??
    chooseAddress(
      facts.addresses,
      nodes.map((node) => node.address),
    ) ??
    ''
  await joinSwarm(server, { token, managers, address, isIdle: role === 'witness' }, cli.signal)
}

interface Settling extends Joining {
  readonly role: NodePart
  readonly isJoined: boolean
}

/** What is left once it is in: its zone, the proof, its role. */
const settle = async (cli: Cli, settling: Settling): Promise<AddedNode> => {
  const { server, joinable, request, role, isJoined } = settling
  const { cluster } = joinable
  const { signal } = cli
  const socket = await server.openSocket('/var/run/docker.sock')
  const nodeId = await readNodeId(server, signal)
  const node = await awaitReady(cluster, nodeId, signal)
  const { zone } = request
  if (zone !== undefined) await cluster.labelNode({ node: nodeId, labels: { zone }, removed: [] }, signal)
  const isWitness = role === 'witness'
  const provenWith = isWitness ? [] : await prove(cli, settling, { node, socket })
  if (isWitness) await cluster.setWitness({ node: nodeId, isWitness }, signal)
  const isManager = node.role !== 'worker'
  const warnings = role !== 'worker' && !isManager ? await promote(settling, nodeId, signal) : []
  return {
    node: node.name,
    nodeId,
    address: node.address,
    role: role === 'worker' && isManager ? 'manager' : role,
    ...pick(request, 'zone'),
    isJoined,
    provenWith,
    warnings,
  }
}

const prove = async (
  cli: Cli,
  { server, joinable, request, steps, isJoined }: Settling,
  { node, socket }: { readonly node: HeldNode; readonly socket: string },
): Promise<readonly string[]> => {
  const { cluster } = joinable
  steps.onStep('give it an image to prove it with')
  const image = await joinable.giveImage({ nodeId: node.id, socket, ...pick(request, 'image') }, cli.signal)
  steps.onStep('prove it: a task on each node asks all others')
  const undo = isJoined ? () => takeOut({ server, cluster }, node.id) : undefined
  return requireProof(cli, { cluster, node, image, undo, onNote: steps.onNote })
}

const promote = async (
  { joinable, steps }: Settling,
  nodeId: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  steps.onStep('make it a manager')
  return (await joinable.cluster.changeNodeRole({ node: nodeId, role: 'manager' }, signal)).warnings
}
