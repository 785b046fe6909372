import type { HeldNode } from '@atoll/plan'
import { holdDoor, isTaking, managersPort, readNodeId } from '@atoll/server'
import type { Server, ServerFacts, SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { awaitReady, takeOut } from './await-node.ts'
import { join, knock, ownNodeId } from './enter-cluster.ts'
import { lookAtGossip } from './look-at-gossip.ts'
import { inspectServer, prepare } from './lay-ground.ts'
import type { Steps } from './lay-ground.ts'
import { openJoinable } from './open-joinable.ts'
import type { Joinable } from './open-joinable.ts'
import type { TargetFlags } from '../platform/choose-context.ts'
import type { NodePart } from './read-nodes-file.ts'
import { requireProof } from './require-proof.ts'
import { servesRoutes } from './serves-routes.ts'

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
  /** Names of the nodes it was proven with. */
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
  const hasIngress = await servesRoutes(joinable.cluster, cli.signal)
  const streamPorts = await joinable.streamPorts(cli.signal)
  const wanted = { cluster: { nodes }, hasIngress, streamPorts, ...parts, ...pick(request, 'name') }
  const { facts } = await inspectServer(cli, { server, wanted, steps })
  const sinceMs = cli.clock.now() + facts.clock.aheadMs
  const joining: Joining = { server, joinable, nodes, facts, sinceMs, request, steps }
  const isJoined = ownNodeId(facts, nodes) === undefined
  const admission = isJoined ? await joinable.cluster.admission(cli.signal) : undefined
  if (admission !== undefined) await knock(joining, admission.managers, cli.signal)
  await prepare(cli, { server, facts, steps, ...pick(request, 'name') })
  if (admission !== undefined) {
    await join(joining, { admission, isIdle: role === 'witness', ...pick(request, 'address') }, cli.signal)
  }
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
  /** When it was looked at, by its own clock. */
  readonly sinceMs: number
  readonly request: AddRequest
  readonly steps: Steps
}

const pick = <Key extends keyof AddRequest>(request: AddRequest, key: Key): Pick<AddRequest, Key> =>
  request[key] === undefined ? ({} as Pick<AddRequest, Key>) : ({ [key]: request[key] } as Pick<AddRequest, Key>)

const chooseRole = (nodes: readonly HeldNode[]): 'manager' | 'worker' =>
  nodes.filter(({ role }) => role !== 'worker').length < usualManagers ? 'manager' : 'worker'

interface Settling extends Joining {
  readonly role: NodePart
  readonly isJoined: boolean
}

/** What is left once it is in: its zone, the proof, its role. */
const settle = async (cli: Cli, settling: Settling): Promise<AddedNode> => {
  const { server, joinable, request, role, isJoined } = settling
  const { cluster } = joinable
  const { signal } = cli
  const nodeId = await readNodeId(server, signal)
  const node = await awaitReady(cluster, nodeId, signal)
  const { zone } = request
  if (zone !== undefined) await cluster.labelNode({ node: nodeId, labels: { zone }, removed: [] }, signal)
  const provenWith = await prove(cli, settling, node)
  const isWitness = role === 'witness'
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
  { server, joinable, facts, sinceMs, request, steps, role, isJoined }: Settling,
  node: HeldNode,
): Promise<readonly string[]> => {
  const { cluster } = joinable
  const { onNote } = steps
  const to = isTaking(node) ? { nodeId: node.id, socket: await server.openSocket('/var/run/docker.sock') } : undefined
  steps.onStep(to === undefined ? 'find an image to prove it with' : 'give it an image to prove it with')
  const image = await joinable.giveImage({ ...(to && { to }), ...pick(request, 'image') }, cli.signal)
  steps.onStep(`prove it: a task on each ${to === undefined ? 'other node knocks there' : 'node asks all others'}`)
  const undo = isJoined ? () => takeOut({ server, cluster }, node.id) : undefined
  const isCandidate = role !== 'worker' && node.role === 'worker'
  // One that the others do not reach there would be asked for its vote in vain, and half be a manager.
  await using _door = isCandidate ? await holdDoor(server, managersPort, cli.signal) : undefined
  const lookThere = (nodes: readonly HeldNode[]) => lookAtGossip(cli, { server, facts, node, nodes, sinceMs, onNote })
  return await requireProof(cli, { cluster, node, image, isCandidate, lookThere, undo, onNote })
}

const promote = async (
  { joinable, steps }: Settling,
  nodeId: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  steps.onStep('make it a manager')
  return (await joinable.cluster.changeNodeRole({ node: nodeId, role: 'manager' }, signal)).warnings
}
