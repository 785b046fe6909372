import { findNodeDetail, listHeldNodes } from '@atoll/plan'
import type { HeldNode, NodeDetail, ObservedNode } from '@atoll/plan'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'

type World = Pick<Context, 'engine'>

/** Every node with what services hold of it, by name. */
export const nodes = async ({ engine }: World, signal: AbortSignal): Promise<readonly HeldNode[]> =>
  listHeldNodes(await engine.occupancy(signal)).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** One node, by name or id; NotFoundError when there is none. */
export const node = async ({ engine }: World, given: string, signal: AbortSignal): Promise<NodeDetail> => {
  const occupancy = await engine.occupancy(signal)
  const found = findNodeDetail(occupancy, getNode(occupancy.nodes, given, `show node ${given}`).id)
  if (found === undefined) throw new Error(`bug: node ${given} is among the nodes and has no room`)
  return found
}

/** By id, or by name when one node alone has it; NotFoundError when there is none, or several. */
export const getNode = (all: readonly ObservedNode[], given: string, doing: string): ObservedNode => {
  const byId = all.find(({ id }) => id === given)
  const [found, second] = byId === undefined ? all.filter(({ name }) => name === given) : [byId]
  if (found !== undefined && second === undefined) return found
  if (found === undefined) {
    const names = all.map(({ name }) => name).join(', ')
    throw new NotFoundError(`${doing}: there is no such node`, `the nodes are ${names}`)
  }
  const ids = all.flatMap(({ id, name }) => (name === given ? [id] : [])).join(', ')
  throw new NotFoundError(`${doing}: several nodes have this name`, `name one by its id: ${ids}`)
}
