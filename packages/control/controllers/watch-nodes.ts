import type { KnownNode, NodeEvent, NodeWatch } from '@atoll/deploy'
import { watchCollections } from '@atoll/deploy'
import type { ObservedNode } from '@atoll/plan'
import { isDeepStrictEqual } from 'node:util'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

const id = 'newest'

/**
 * Writes down what happens to nodes, as the engine only knows how they are. What changed while nobody led is told by the next
 * leader, from how the nodes were last seen.
 */
export const watchNodes = (world: World, signal: AbortSignal): Promise<void> => {
  const look = async (): Promise<void> => {
    const nodes = (await world.recentNodes(signal)).map(toKnown)
    const known = await world.recentDocuments.find<NodeWatch>(watchCollections.nodes, id, signal)
    if (known !== undefined && isDeepStrictEqual(known.value.nodes, nodes)) return
    const atMs = world.clock.now()
    const fresh = known === undefined ? [] : listEvents(known.value.nodes, nodes, atMs)
    const kept = (known?.value.events ?? []).filter((event) => atMs - event.atMs < limits.nodeEvents.keptMs)
    const value = { nodes, events: [...kept, ...fresh].slice(-limits.nodeEvents.most) }
    await world.documents.put<NodeWatch>(watchCollections.nodes, id, { expected: known?.revision ?? 0, value }, signal)
  }
  return runLoop(world, { name: 'watch nodes', everyMs: limits.nodeEvents.everyMs, look }, signal)
}

/** The engine lists nodes by name, so the same nodes are the same list. */
const toKnown = ({ id: nodeId, name, state, availability, isLeader }: ObservedNode): KnownNode => ({
  id: nodeId,
  name,
  isReady: state === 'ready',
  availability,
  isLeader,
})

/** What must have happened between two looks. */
const listEvents = (before: readonly KnownNode[], after: readonly KnownNode[], atMs: number): readonly NodeEvent[] => {
  const old = new Map(before.map((node) => [node.id, node]))
  const left = new Set(after.map((node) => node.id))
  const tell = ({ id: nodeId, name }: KnownNode, kinds: readonly NodeEvent['kind'][]): readonly NodeEvent[] =>
    kinds.map((kind) => ({ atMs, nodeId, node: name, kind }))
  return [
    ...before.filter((node) => !left.has(node.id)).flatMap((node) => tell(node, ['removed'])),
    ...after.flatMap((node) => tell(node, listKinds(old.get(node.id), node))),
  ]
}

const listKinds = (before: KnownNode | undefined, after: KnownNode): readonly NodeEvent['kind'][] => {
  if (before === undefined) return ['joined']
  const kinds: NodeEvent['kind'][] = []
  if (before.isReady !== after.isReady) kinds.push(after.isReady ? 'back' : 'down')
  if (before.availability !== after.availability) kinds.push(availabilities[after.availability])
  if (!before.isLeader && after.isLeader) kinds.push('leads')
  return kinds
}

const availabilities = { active: 'active', pause: 'paused', drain: 'drained' } as const
