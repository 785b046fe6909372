import type { ObservedNode } from '@atoll/plan'
import type { Document } from '@atoll/store'
import { ConflictError } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** A leader that was made a manager anew. Document `leader-healing`, id `newest`: the claim of who does it. */
interface LeaderHealing {
  readonly nodeId: string
  readonly nodeName: string
  /** Id of the node whose control does it. */
  readonly by: string
  readonly beganAtMs: number
  /** Absent: the node may still be a worker, and has to be a manager again. */
  readonly endedAtMs?: number
}

const collection = 'leader-healing'
const id = 'newest'

interface Sick {
  readonly nodeId: string
  readonly sinceMs: number
}

/**
 * Heals a node that leads the Raft and is listed as down: nothing is placed on it until it was a worker for a moment.
 * The control that acts is that of the first ready manager, by id, that does not lead, because the sick leader as a
 * worker could no longer ask to be made a manager again. Whoever finds the work half done by one that is gone finishes it.
 */
export const healLeader = async (world: World, signal: AbortSignal): Promise<void> => {
  let sick: Sick | undefined
  const look = async (): Promise<void> => {
    const nodes = await world.recentNodes(signal)
    sick = remember(sick, findSick(nodes), world.clock.now())
    const known = await world.documents.find<LeaderHealing>(collection, id, signal)
    if (known !== undefined && known.value.endedAtMs === undefined) return finishLeft(world, known, signal)
    const leader = findSick(nodes)
    if (leader === undefined || sick === undefined || !isOurs(nodes, world) || !hasMajority(nodes)) return
    const nowMs = world.clock.now()
    const isTooSoon = nowMs - (known?.value.beganAtMs ?? -Infinity) < limits.leaderHealPauseMs
    if (isTooSoon || nowMs - sick.sinceMs < limits.leaderDownMs) return
    const claimed = await claim(world, { leader, expected: known?.revision ?? 0 }, signal)
    if (claimed !== undefined) await heal(world, claimed, signal)
  }
  await runLoop(world, { name: 'heal leader', everyMs: limits.leaderEveryMs, isOnEvery: true, look }, signal)
}

const findSick = (nodes: readonly ObservedNode[]): ObservedNode | undefined =>
  nodes.find(({ isLeader, state }) => isLeader && state === 'down')

const remember = (sick: Sick | undefined, leader: ObservedNode | undefined, nowMs: number): Sick | undefined => {
  if (leader === undefined) return undefined
  return sick?.nodeId === leader.id ? sick : { nodeId: leader.id, sinceMs: nowMs }
}

const isOurs = (nodes: readonly ObservedNode[], { node }: World): boolean => {
  const able = nodes.filter(({ isManager, isLeader, state }) => isManager && !isLeader && state === 'ready')
  return able.map((each) => each.id).sort()[0] === node.id
}

/** Two managers cannot lose one, and of more those that are left must go on without it. */
const hasMajority = (nodes: readonly ObservedNode[]): boolean => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const ready = managers.filter(({ state }) => state === 'ready')
  return managers.length >= 3 && ready.length * 2 > managers.length
}

interface Claim {
  readonly leader: ObservedNode
  readonly expected: number
}

/** Written before anything is done, so that nobody else does it too and somebody finishes it. */
const claim = async (
  world: World,
  { leader, expected }: Claim,
  signal: AbortSignal,
): Promise<Document<LeaderHealing> | undefined> => {
  const { id: nodeId, name: nodeName } = leader
  const value = { nodeId, nodeName, by: world.node.id, beganAtMs: world.clock.now() }
  try {
    return await world.documents.put<LeaderHealing>(collection, id, { expected, value }, signal)
  } catch (error) {
    if (error instanceof ConflictError) return undefined
    throw error
  }
}

const heal = async (world: World, claimed: Document<LeaderHealing>, signal: AbortSignal): Promise<void> => {
  const { nodeId, nodeName } = claimed.value
  world.log({ event: 'leader is listed as down; making it a manager anew', nodeName })
  try {
    await world.engine.changeRole(nodeId, 'worker', signal)
    await settle(world, nodeId, signal)
  } finally {
    // A refusal to make it a worker may come after the fact: asking for the manager is right in every case.
    await finish(world, claimed, signal)
  }
}

const settle = async (world: World, nodeId: string, signal: AbortSignal): Promise<void> => {
  const untilMs = world.clock.now() + limits.leaderSettleMs.most
  await world.clock.wait(limits.leaderSettleMs.least, signal)
  while (world.clock.now() < untilMs) {
    const nodes = await world.engine.nodes(signal)
    if (nodes.some((node) => node.id === nodeId && node.state === 'ready')) return
    await world.clock.wait(1_000, signal)
  }
}

/** Our own are finished at once, those of others when their control must be gone. */
const finishLeft = async (world: World, left: Document<LeaderHealing>, signal: AbortSignal): Promise<void> => {
  const { by, beganAtMs } = left.value
  if (by !== world.node.id && world.clock.now() - beganAtMs < limits.leaderHealLostMs) return
  await finish(world, left, signal)
}

const finish = async (
  world: World,
  { revision, value }: Document<LeaderHealing>,
  signal: AbortSignal,
): Promise<void> => {
  const { nodeId, nodeName } = value
  await world.engine.changeRole(nodeId, 'manager', signal)
  const ended = { ...value, endedAtMs: world.clock.now() }
  await world.documents.put(collection, id, { expected: revision, value: ended }, signal)
  world.log({ event: 'leader was made a manager anew', nodeName })
  const by = `atoll@${world.node.name}`
  await appendAudit(world, { by, action: 'healLeader', subject: nodeName, address: '' }, signal)
}
