import { changeNodeRole, labelNode, nodes } from '@atoll/deploy'
import type { HeldNode } from '@atoll/plan'
import { isAbout, isTaking, listProofNodes, proveNodes } from '@atoll/server/proof'
import type { ProofFinding } from '@atoll/server/proof'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JoinEnd, ServerInvitationRecord } from './records.ts'
import { findPlatformImage, runProof } from './run-proof.ts'

export interface Settling {
  readonly id: string
  readonly record: ServerInvitationRecord
  readonly nodeId: string
  /** What is done next. */
  readonly tell: (step: string) => void
  readonly door: Door
}

/** The port of the managers at the server: somebody has to answer there while it is proven, and nobody when it becomes one. */
export interface Door {
  /** As the server said last. */
  isHeld: boolean
  /** It may be left. */
  isDone: boolean
}

/** What `node add` does once a server is in: its zone, the proof, its role. ControlError `not-ready`; what the engine throws. */
export const settleJoin = async (world: World, settling: Settling, signal: AbortSignal): Promise<JoinEnd> => {
  const { record, nodeId, tell, door } = settling
  tell('wait until the managers see it ready')
  const node = await awaitReady(world, nodeId, signal)
  const { zone } = record
  if (zone !== undefined) await labelNode(world, { node: nodeId, labels: { zone }, removed: [] }, signal)
  tell('prove it: a task on each node asks those on all others')
  const { findings, provenWith } = await prove(world, { ...settling, node }, signal)
  if (findings.length > 0) return { kind: 'refused', nodeId, findings: findings.map(pickWords) }
  const role = record.role ?? chooseRole(await nodes(world, signal))
  const isPromoted = role === 'manager' && node.role === 'worker'
  door.isDone = true
  if (isPromoted) {
    tell('make it a manager')
    await awaitLeft(world, door, signal)
  }
  const warnings = isPromoted ? (await changeNodeRole(world, { node: nodeId, role }, signal)).warnings : []
  const { name, address } = node
  const told = { nodeId, node: name, address, role, ...(zone === undefined ? {} : { zone }) }
  return { kind: 'joined', ...told, provenWith: [...provenWith], warnings: [...warnings] }
}

/** The engine could not listen there. ControlError `port-held`, also of a server that does not ask any more. */
const awaitLeft = async ({ clock }: World, door: Door, signal: AbortSignal): Promise<void> => {
  const untilMs = clock.now() + limits.joins.leaveDoorMs
  while (door.isHeld) {
    if (clock.now() >= untilMs) throw portHeld()
    await clock.wait(limits.joins.everyMs, signal)
  }
}

const portHeld = (): ControlError =>
  new ControlError('port-held', 'the server does not say that it has left port 2377/tcp, at which it was asked for', {
    status: 422,
    hint: 'run the same once more there',
  })

const usualManagers = 3

export const chooseRole = (all: readonly Pick<HeldNode, 'role'>[]): 'manager' | 'worker' =>
  all.filter(({ role }) => role !== 'worker').length < usualManagers ? 'manager' : 'worker'

/** As it is when it is, or when the time is over. */
export const awaitNode = async (
  world: World,
  {
    nodeId,
    timeoutMs,
    isSo,
  }: { readonly nodeId: string; readonly timeoutMs: number; readonly isSo: (node?: HeldNode) => boolean },
  signal: AbortSignal,
): Promise<HeldNode | undefined> => {
  const untilMs = world.clock.now() + timeoutMs
  for (;;) {
    const node = (await nodes(world, signal)).find(({ id }) => id === nodeId)
    if (isSo(node) || world.clock.now() >= untilMs) return node
    await world.clock.wait(limits.joins.everyMs, signal)
  }
}

const awaitReady = async (world: World, nodeId: string, signal: AbortSignal): Promise<HeldNode> => {
  const { readyMs: timeoutMs } = limits.joins
  const node = await awaitNode(world, { nodeId, timeoutMs, isSo: (seen) => seen?.state === 'ready' }, signal)
  if (node?.state === 'ready') return node
  throw new ControlError('not-ready', `the managers do not see node ${nodeId} ready after ${timeoutMs / 1000} s`, {
    status: 422,
    hint: '"docker node ls" on a manager, and Docker\'s log on the server, say why; then run the same once more',
  })
}

const prove = async (
  world: World,
  { id, record, node, door }: Settling & { readonly node: HeldNode },
  signal: AbortSignal,
): Promise<{ readonly findings: readonly ProofFinding[]; readonly provenWith: readonly string[] }> => {
  const all = await nodes(world, signal)
  const image = await findPlatformImage(world, signal)
  const run = runProof(world, { environment: `join-${id.slice(0, 12)}`, author: record.by })
  const about = { id: node.id, isCandidate: door.isHeld }
  const found = await proveNodes(run, { nodes: listProofNodes(all, about), image }, signal)
  const others = all.filter((each) => isTaking(each) && each.id !== node.id)
  return { findings: found.filter((each) => isAbout(each, node.name)), provenWith: others.map(({ name }) => name) }
}

const pickWords = ({ message, remedy }: ProofFinding) => ({ message, remedy })
