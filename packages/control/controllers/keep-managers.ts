import type { NodeEvent } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import { chooseManagerStep } from '@atoll/plan'
import type { ManagerStep, ObservedNode } from '@atoll/plan'
import type { Document } from '@atoll/store'
import { ConflictError } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { readSettings } from '../settings.ts'
import { noteNodeEvents } from './note-node-events.ts'
import { runLoop } from './run-loop.ts'

/** A change of managers that is made by itself. Document `manager-keeping`, id `newest`: the claim of who makes it. */
interface ManagerKeeping {
  readonly promote?: Named
  readonly demote?: Named
  readonly why: string
  /** Id of the node whose control does it. */
  readonly by: string
  readonly beganAtMs: number
  /** Absent: somebody has to finish it. */
  readonly endedAtMs?: number
}

interface Named {
  readonly id: string
  readonly name: string
}

const collection = 'manager-keeping'
const id = 'newest'

/** Of how nodes have been, which is seen again by the next control to lead, only from then on. */
interface Memory {
  readonly awaySinceMs: ReadonlyMap<string, number>
  readonly evenSinceMs?: number
  readonly passedOver: ReadonlySet<string>
}

/**
 * Keeps the number of managers odd and all of them there: one that is gone for good is replaced by a worker. On the leader
 * alone; what is about to be done is claimed first, so that it is done once, and finished by whoever leads when that one is
 * gone.
 */
export const keepManagers = async (world: World, signal: AbortSignal): Promise<void> => {
  let memory: Memory = { awaySinceMs: new Map(), passedOver: new Set() }
  const carryOut = async (claimed: Document<ManagerKeeping>): Promise<void> => {
    const refusing = await finish(world, claimed, signal)
    if (refusing !== undefined) memory = { ...memory, passedOver: new Set(memory.passedOver).add(refusing.id) }
  }
  const look = async (): Promise<void> => {
    const nodes = await world.recentNodes(signal)
    memory = remember(memory, nodes, world.clock.now())
    const { managers } = await readSettings(world, signal)
    if (!managers.isKept) return
    const known = await world.documents.find<ManagerKeeping>(collection, id, signal)
    if (known !== undefined && known.value.endedAtMs === undefined) {
      if (mayFinish(world, known.value, nodes)) await carryOut(known)
      return
    }
    const watch = { ...memory, nowMs: world.clock.now(), graceMs: managers.graceMs, ownId: world.node.id }
    const step = chooseManagerStep(nodes, watch)
    if (step === undefined) return
    const claimed = await claim(world, { step, expected: known?.revision ?? 0 }, signal)
    if (claimed !== undefined) await carryOut(claimed)
  }
  await runLoop(world, { name: 'keep managers', everyMs: limits.managersEveryMs, look }, signal)
}

const remember = (memory: Memory, nodes: readonly ObservedNode[], nowMs: number): Memory => {
  const away = nodes.filter(({ state }) => state !== 'ready').map((node) => node.id)
  const isEven = nodes.filter(({ isManager }) => isManager).length % 2 === 0
  return {
    passedOver: memory.passedOver,
    awaySinceMs: new Map(away.map((nodeId) => [nodeId, memory.awaySinceMs.get(nodeId) ?? nowMs])),
    ...(isEven ? { evenSinceMs: memory.evenSinceMs ?? nowMs } : {}),
  }
}

interface Claim {
  readonly step: ManagerStep
  readonly expected: number
}

const claim = async (
  world: World,
  { step: { promote, demote, why }, expected }: Claim,
  signal: AbortSignal,
): Promise<Document<ManagerKeeping> | undefined> => {
  const value: ManagerKeeping = {
    ...(promote === undefined ? {} : { promote: nameOf(promote) }),
    ...(demote === undefined ? {} : { demote: nameOf(demote) }),
    why,
    by: world.node.id,
    beganAtMs: world.clock.now(),
  }
  try {
    return await world.documents.put<ManagerKeeping>(collection, id, { expected, value }, signal)
  } catch (error) {
    if (error instanceof ConflictError) return undefined
    throw error
  }
}

const nameOf = ({ id: nodeId, name }: ObservedNode): Named => ({ id: nodeId, name })

/** Our own is finished at once, that of another when its control must be gone: with its node, or by the time that has passed. */
const mayFinish = (
  { node, clock }: World,
  { by, beganAtMs }: ManagerKeeping,
  nodes: readonly ObservedNode[],
): boolean =>
  by === node.id ||
  nodes.find(({ id: nodeId }) => nodeId === by)?.state !== 'ready' ||
  clock.now() - beganAtMs >= limits.managersLostMs

/**
 * Each half is left out when it makes no sense any more: a worker that went, a manager that came back. Who is gone leaves the Raft
 * first, which costs no majority, so that nobody who comes is told of it. Gives the worker that did not come into the Raft.
 */
const finish = async (
  world: World,
  claimed: Document<ManagerKeeping>,
  signal: AbortSignal,
): Promise<Named | undefined> => {
  const { promote, demote, why } = claimed.value
  world.log({ event: 'managers are changed', promote: promote?.name, demote: demote?.name, why })
  const isReplaced = await demoteGone(world, demote, signal)
  const isWanted = promote !== undefined && (demote === undefined || isReplaced)
  const made = isWanted ? await promoteReady(world, promote, signal) : 'away'
  await tell(world, { ...claimed.value, isMade: made === 'made', isReplaced }, signal)
  const value = { ...claimed.value, endedAtMs: world.clock.now() }
  await world.documents.put<ManagerKeeping>(collection, id, { expected: claimed.revision, value }, signal)
  return made === 'refused' ? promote : undefined
}

const findNode = async ({ engine }: World, { id: nodeId }: Named, signal: AbortSignal) =>
  (await engine.nodes(signal)).find((node) => node.id === nodeId)

/** A worker may not come into the Raft: then it is another's turn. */
const promoteReady = async (
  world: World,
  promote: Named,
  signal: AbortSignal,
): Promise<'made' | 'refused' | 'away'> => {
  if ((await findNode(world, promote, signal))?.state !== 'ready') return 'away'
  try {
    await world.engine.changeRole(promote.id, 'manager', signal)
    return 'made'
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'timeout' || signal.aborted) throw error
    world.log({ event: 'a worker did not become a manager', node: promote.name, error: error.message })
    return 'refused'
  }
}

/** One that is there again stays a manager, and is replaced by nobody. */
const demoteGone = async (world: World, demote: Named | undefined, signal: AbortSignal): Promise<boolean> => {
  if (demote === undefined) return false
  const node = await findNode(world, demote, signal)
  if (node === undefined) return false
  if (!node.isManager) return true
  if (node.state === 'ready') return false
  await world.engine.changeRole(demote.id, 'worker', signal)
  return true
}

interface Done extends ManagerKeeping {
  readonly isMade: boolean
  readonly isReplaced: boolean
}

/** In the timeline of every app, and in the audit. */
const tell = async (
  world: World,
  { promote, demote, why, isMade, isReplaced }: Done,
  signal: AbortSignal,
): Promise<void> => {
  const atMs = world.clock.now()
  const event = (kind: NodeEvent['kind'], node: Named | undefined): readonly NodeEvent[] =>
    node === undefined ? [] : [{ atMs, kind, nodeId: node.id, node: node.name, note: why }]
  const events = [...(isReplaced ? event('demoted', demote) : []), ...(isMade ? event('promoted', promote) : [])]
  if (events.length === 0) return
  await noteNodeEvents(world, events, signal)
  const by = `atoll@${world.node.name}`
  const subject = events.map(({ node }) => node).join(', ')
  const after = { why, ...(isMade ? { manager: promote?.name } : {}), ...(isReplaced ? { worker: demote?.name } : {}) }
  await appendAudit(world, { by, action: 'keepManagers', subject, address: '', after }, signal)
}
