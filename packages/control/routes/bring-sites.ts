import type { SiteBringer, SiteFailure } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { RoutingApi } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import type { StaticSite } from '@atoll/spec'
import type { RecentNodes } from '../recent-nodes.ts'

export interface BringerParts {
  readonly routing: Pick<RoutingApi, 'fetchSite'>
  readonly recentNodes: RecentNodes
}

/** Asks the agent of every node that serves routes, all at once. */
export const createSiteBringer = (parts: BringerParts): SiteBringer => ({
  bring: async (sites, signal) => {
    const nodes = (await parts.recentNodes(signal)).filter(isServing)
    const failed = await Promise.all(nodes.map((node) => bringTo(parts, { node, sites }, signal)))
    signal.throwIfAborted()
    return combine(failed.flat())
  },
})

/** Where nothing is to run there is no ingress. One that is away gets everything when it is back. */
const isServing = ({ state, availability }: ObservedNode): boolean => state === 'ready' && availability !== 'drain'

interface Order {
  readonly node: ObservedNode
  readonly sites: readonly StaticSite[]
}

const bringTo = async (
  { routing }: BringerParts,
  { node, sites }: Order,
  signal: AbortSignal,
): Promise<readonly SiteFailure[]> => {
  const failures: SiteFailure[] = []
  for (const site of sites) {
    try {
      await routing.fetchSite(node.id, site, signal)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      // It has no ingress, and serves nobody.
      if (error.code === 'not-found') return []
      failures.push({ site, nodes: [node.name], message: error.message, isPassing: error.retry })
    }
  }
  return failures
}

/** Mostly it is the same on all nodes. */
const combine = (failures: readonly SiteFailure[]): readonly SiteFailure[] =>
  [...Map.groupBy(failures, ({ site, message }) => `${site.id} ${message}`).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, nodes: same.flatMap(({ nodes }) => nodes).toSorted() }]
  })
