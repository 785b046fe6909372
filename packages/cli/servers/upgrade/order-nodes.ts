import type { HeldNode } from '@atoll/plan'
import { UsageError } from '../../errors.ts'

const ranks = { worker: 0, manager: 1, leader: 2 } as const

/**
 * The nodes that are meant, in the order in which they are upgraded: workers show first what an upgrade does, and the managers elect
 * once, at the end. Pure. UsageError for a name that is none, or for none at all.
 */
export const orderNodes = (
  nodes: readonly HeldNode[],
  { names, isAll }: { readonly names: readonly string[]; readonly isAll: boolean },
): readonly HeldNode[] => {
  if (isAll === names.length > 0) throw new UsageError('say which nodes, or --all', '"atoll node ls" lists them')
  const find = (name: string): HeldNode | undefined => nodes.find((node) => node.name === name || node.id === name)
  const strange = names.filter((name) => find(name) === undefined)
  if (strange.length > 0) {
    throw new UsageError(
      `${strange.join(', ')}: no such node`,
      `the nodes are ${nodes.map(({ name }) => name).join(', ')}`,
    )
  }
  const meant = isAll ? nodes : [...new Set(names.flatMap((name) => find(name) ?? []))]
  return meant.toSorted((a, b) => ranks[a.role] - ranks[b.role])
}
