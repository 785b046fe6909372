import { setTimeout as delay } from 'node:timers/promises'
import type { Reply } from '@atoll/api'
import { holdDoor, leaveSwarm, managersPort, readNodeId, takeSeat } from '@atoll/server'
import type { Server } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { CommandError } from '../errors.ts'
import { openInvited } from '../platform/open-invited.ts'
import type { Invited, InvitedLink } from '../platform/open-invited.ts'
import type { AddedNode } from './add-node.ts'
import { join, knock, ownNodeId } from './enter-cluster.ts'
import { inspectServer, prepare } from './lay-ground.ts'
import type { Steps } from './lay-ground.ts'
import { loadOwnImage } from './proof-image.ts'
import { requireLocalRoot } from './require-local-root.ts'

export interface InvitedRequest extends InvitedLink {
  /** `--address`. */
  readonly address?: string
}

/**
 * The server we are on becomes a node, by an invitation: what `node add` does, but that a control proves it. Run again it goes on
 * where it was. CommandError `not-trusted`, `unfit`, `ports-closed`, `not-proven`; ServerError; ApiError.
 */
export const joinByInvitation = async (cli: Cli, request: InvitedRequest, steps: Steps): Promise<AddedNode> => {
  const { signal } = cli
  await using server = await cli.openServer()
  await requireLocalRoot(server, signal)
  steps.onStep('ask the cluster who is there')
  await using invited = await openInvited(request, cli)
  const { role, name, nodes, managers, isTaken, hasIngress = true, streamPorts = [] } = invited.cluster
  const named = name === undefined ? {} : { name }
  const parts = { isManager: role === 'manager', hasIngress, streamPorts }
  const wanted = { cluster: { nodes }, ...parts, clockOf: 'that of the cluster', ...named }
  const clock = { now: () => cli.clock.now() + invited.aheadMs }
  const { facts } = await inspectServer({ clock, signal }, { server, wanted, steps })
  const entering = { server, nodes, facts, steps }
  const ownId = ownNodeId(facts, nodes)
  if (ownId !== undefined && !isTaken) throw isNode(nodes.find(({ id }) => id === ownId)?.name ?? ownId)
  const isJoined = ownId === undefined
  if (isJoined) await knock(entering, managers, signal)
  await prepare(cli, { server, facts, steps, ...named })
  const seated = { token: request.token, seat: await takeSeat({ server, signal }, request.token) }
  if (isJoined) {
    const admission = await invited.client.call('joinCluster', { body: seated }, signal)
    const { address } = request
    await join(entering, { admission, ...(address === undefined ? {} : { address }) }, signal)
  }
  return await settle(cli, { server, invited, seated, steps, isJoined })
}

const isNode = (name: string): CommandError =>
  new CommandError('a-node-already', `this server is a node of that cluster already: ${name}`, {
    hint: 'run it on the server that is to become one; nothing was changed, and the link is good still',
  })

interface Settling {
  readonly server: Server
  readonly invited: Invited
  readonly seated: { readonly token: string; readonly seat: string }
  readonly steps: Steps
  readonly isJoined: boolean
}

/** What is left once it is in, which a control does. */
const settle = async (cli: Cli, settling: Settling): Promise<AddedNode> => {
  const { steps, isJoined } = settling
  const left = (): void => steps.onNote('this server is in the cluster and not proven yet: the same once more goes on')
  const end = await prove(cli, settling).catch((error: unknown) => {
    left()
    throw error
  })
  if (end.kind === 'refused') return refuse(settling, end.findings)
  const { kind: _, ...joined } = end
  return { ...joined, isJoined }
}

const prove = async (cli: Cli, settling: Settling): Promise<End> => {
  const { server, invited } = settling
  const nodeId = await readNodeId(server, cli.signal)
  await giveImage(cli, settling, nodeId)
  // One that the others do not reach there would be asked for its vote in vain, and half be a manager.
  const isCandidate = invited.cluster.role === 'manager'
  await using door = isCandidate ? await holdDoor(server, managersPort, cli.signal) : undefined
  return await follow({ ...settling, door }, nodeId, cli.signal)
}

/** The engine here is asked, as nobody else reaches it. */
const giveImage = async (cli: Cli, { server, invited, steps }: Settling, nodeId: string): Promise<void> => {
  steps.onStep('see that the image of the platform is here')
  await using connection = await cli.connect([`unix://${await server.openSocket('/var/run/docker.sock')}`])
  const { image: reference } = invited.cluster
  const carry = `"docker save -o FILE ${reference}" on a node, "docker load -i FILE" here`
  const hint = `use the version the platform is of; or bring the image by hand (${carry}), and run the same once more`
  await loadOwnImage(connection.images, { reference, nodeId, hint }, cli.signal)
}

type End = Exclude<Reply<'settleJoin'>, { readonly kind: 'working' }>

/** A control answers within seconds, done or not. */
const pauseMs = 300

const follow = async (
  { invited, seated, steps, door }: Settling & { readonly door: AsyncDisposable | undefined },
  nodeId: string,
  signal: AbortSignal,
): Promise<End> => {
  let told = ''
  let holdsDoor = door !== undefined
  for (;;) {
    const progress = await invited.client.call('settleJoin', { body: { ...seated, nodeId, holdsDoor } }, signal)
    if (progress.kind !== 'working') return progress
    if (holdsDoor && progress.leavesDoor) {
      await door?.[Symbol.asyncDispose]()
      holdsDoor = false
    }
    if (progress.step !== told) steps.onStep(progress.step)
    told = progress.step
    await delay(pauseMs, undefined, { signal })
  }
}

const leaveMs = 120_000

/** It is out of the cluster again, both as it sees itself and as the managers do; also when we have been told to stop. */
const refuse = async (
  { server, invited, seated, steps }: Settling,
  findings: Extract<End, { kind: 'refused' }>['findings'],
): Promise<never> => {
  steps.onStep('leave the cluster again')
  const signal = AbortSignal.timeout(leaveMs)
  await leaveSwarm(server, signal)
  await invited.client.call('leaveJoin', { body: seated }, signal)
  throw new CommandError('not-proven', `${server.name}: ${unique(findings.map(({ message }) => message)).join('; ')}`, {
    hint: [
      ...unique(findings.map(({ remedy }) => remedy)),
      'it is out of the cluster again, with Docker installed; mend this and run the same once more',
    ].join('; '),
  })
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]
