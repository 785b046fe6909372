import type { ObservedNode } from './observed.ts'

/**
 * Label of a node that is being drained, or is drained: `SINCE-UNTIL`, milliseconds since 1970. It stands with the node itself,
 * as everybody who plans sees nodes anyway, it goes with the node, and one write changes it together with the availability.
 */
export const drainLabel = 'atoll.drain'

/** Of a node that is to be emptied. */
export interface Drain {
  readonly sinceMs: number
  /** What cannot move runs until then. */
  readonly untilMs: number
}

export const renderDrain = ({ sinceMs, untilMs }: Drain): string => `${sinceMs}-${untilMs}`

/** Undefined where there is no such label. One that nobody can read still says that the node is to be emptied. */
export const findDrain = ({ labels }: Pick<ObservedNode, 'labels'>): Drain | undefined => {
  const label = labels[drainLabel]
  if (label === undefined) return undefined
  const [sinceMs, untilMs] = /^(\d+)-(\d+)$/.exec(label)?.slice(1).map(Number) ?? []
  return { sinceMs: sinceMs ?? 0, untilMs: untilMs ?? Number.MAX_SAFE_INTEGER }
}

/** The constraint that keeps a service off a node. */
export const avoid = (nodeId: string): string => `node.id!=${nodeId}`

/** Whether this constraint keeps a service off this very node because that is to be emptied. */
export const isAvoided = (constraint: string, node: ObservedNode): boolean =>
  constraint === avoid(node.id) && findDrain(node) !== undefined
