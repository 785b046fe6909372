import { findDrain } from './drain.ts'
import type { ObservedNode } from './observed.ts'
import { isWitness } from './witness.ts'

/** What is known of managers beside how they are right now. */
export interface ManagerWatch {
  readonly nowMs: number
  /** Who is away for longer is taken for gone. */
  readonly graceMs: number
  /** Since when a node is not ready; absent of those that are. */
  readonly awaySinceMs: ReadonlyMap<string, number>
  /** Since when their number is even. */
  readonly evenSinceMs?: number
  /** Is not demoted: who acts runs there. */
  readonly ownId: string
  /** Ids of workers that were asked to be managers and did not come into the Raft: others are asked before them. */
  readonly passedOver?: ReadonlySet<string>
}

/** First who becomes a worker, then who becomes a manager. */
export interface ManagerStep {
  readonly promote?: ObservedNode
  readonly demote?: ObservedNode
  readonly why: string
}

/** Label of a node that shall not become a manager by itself: `manager=never`. */
const managerLabel = 'manager'

/** More cost every write more than they are worth. */
const mostManagers = 7

/**
 * What brings the managers back to an odd number that are all there: one that is gone for good is replaced by a healthy
 * worker, in the zone that has fewest. Undefined when nothing is to be done, nothing can be, or a majority is not ready:
 * then nothing can be changed, and whoever is left must not become fewer.
 */
export const chooseManagerStep = (nodes: readonly ObservedNode[], watch: ManagerWatch): ManagerStep | undefined => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const ready = managers.filter(isReady)
  if (ready.length * 2 <= managers.length) return undefined
  const gone = managers.filter((node) => isGone(node, watch))
  const [demote] = gone
  const promote = chooseWorker(nodes, ready, watch)
  const isEven = managers.length % 2 === 0
  if (demote === undefined) return isEven ? makeOdd({ managers, ready, promote }, watch) : undefined
  const minutes = Math.round(watch.graceMs / 60_000)
  const why = `${demote.name} did not answer for ${minutes} minute${minutes === 1 ? '' : 's'}`
  if (isEven) return { demote, why }
  if (promote !== undefined) return { promote, demote, why }
  // Of two that are gone each is one too many: without them fewer make a majority.
  return gone.length > 1 ? { demote, why } : undefined
}

const isReady = ({ state }: ObservedNode): boolean => state === 'ready'

const isGone = ({ id, state, isLeader }: ObservedNode, { nowMs, graceMs, awaySinceMs }: ManagerWatch): boolean =>
  state !== 'ready' && !isLeader && nowMs - (awaySinceMs.get(id) ?? nowMs) >= graceMs

const zoneOf = ({ labels }: ObservedNode): string => labels['zone'] ?? ''

const countZone = (nodes: readonly ObservedNode[], zone: string): number =>
  nodes.filter((node) => zoneOf(node) === zone).length

/** One that takes tasks: a control has to run there, too. */
const chooseWorker = (
  nodes: readonly ObservedNode[],
  managers: readonly ObservedNode[],
  { passedOver }: Pick<ManagerWatch, 'passedOver'>,
): ObservedNode | undefined => {
  const isPassedOver = ({ id }: ObservedNode): number => Number(passedOver?.has(id) ?? false)
  const countThere = (node: ObservedNode): number => countZone(managers, zoneOf(node))
  return nodes
    .filter((node) => !node.isManager && isReady(node) && isFree(node))
    .toSorted(
      (a, b) => isPassedOver(a) - isPassedOver(b) || countThere(a) - countThere(b) || (a.name < b.name ? -1 : 1),
    )[0]
}

const isFree = (node: ObservedNode): boolean =>
  node.availability === 'active' && findDrain(node) === undefined && node.labels[managerLabel] !== 'never'

interface Even {
  readonly managers: readonly ObservedNode[]
  readonly ready: readonly ObservedNode[]
  readonly promote: ObservedNode | undefined
}

/** Somebody may be about to make two of them, so it is waited for. */
const makeOdd = ({ managers, ready, promote }: Even, watch: ManagerWatch): ManagerStep | undefined => {
  const { nowMs, graceMs, evenSinceMs = nowMs, ownId, passedOver = new Set() } = watch
  if (ready.length < managers.length) return undefined
  // They are even because a worker we asked did not come: another is asked at once.
  const isOurs = promote !== undefined && passedOver.size > 0 && !passedOver.has(promote.id)
  if (!isOurs && nowMs - evenSinceMs < graceMs) return undefined
  const why = `of ${managers.length} managers no more may be lost than of ${managers.length - 1}`
  if (promote !== undefined && managers.length < mostManagers) return { promote, why }
  if (managers.length < 4) return undefined
  const [demote] = managers
    .filter((node) => !node.isLeader && node.id !== ownId && !isWitness(node))
    .toSorted((a, b) => countZone(managers, zoneOf(b)) - countZone(managers, zoneOf(a)) || (a.name < b.name ? 1 : -1))
  return demote === undefined ? undefined : { demote, why }
}

/** What should be known of the managers before another is lost, a line each. */
export const describeManagers = (nodes: readonly ObservedNode[]): readonly string[] => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const away = managers.filter((node) => !isReady(node)).map(({ name }) => name)
  const needed = Math.floor(managers.length / 2) + 1
  const spare = managers.length - away.length - needed
  if (away.length > 0) {
    const rest = spare > 0 ? `${spare} more may be lost` : 'if one more is lost, nothing can be changed any more'
    return [
      `${managers.length - away.length} of ${managers.length} managers are ready, without ${away.join(', ')}; ${rest}`,
    ]
  }
  if (managers.length === 0 || managers.length % 2 === 1) return []
  return [
    `${managers.length} managers are even: no more of them may be lost than of ${managers.length - 1}; "atoll node promote" or "atoll node demote" one`,
  ]
}
