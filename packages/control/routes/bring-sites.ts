import type { Clock, SiteBringer, SiteFailure } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { RoutingApi } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import type { StaticSite } from '@atoll/spec'
import { limits } from '../limits.ts'
import type { RecentNodes } from '../recent-nodes.ts'

export interface BringerParts {
  readonly routing: Pick<RoutingApi, 'fetchSite'>
  readonly recentNodes: RecentNodes
  readonly clock: Clock
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
  { routing, clock }: BringerParts,
  { node, sites }: Order,
  signal: AbortSignal,
): Promise<readonly SiteFailure[]> => {
  const failures: SiteFailure[] = []
  const untilMs = clock.now() + limits.routes.bringMs
  for (const site of sites) {
    const error = await fetchPatiently({ routing, clock, untilMs }, { nodeId: node.id, site }, signal)
    // It has no ingress, and serves nobody.
    if (error?.code === 'not-found') return []
    if (error !== undefined) {
      failures.push({ site, nodes: [node.name], message: error.message, isPassing: !isLasting(error) })
    }
  }
  return failures
}

/** The image is it, not the way to the node. */
const isLasting = ({ code }: EngineError): boolean => code === 'refused' || code === 'invalid' || code === 'not-found'

interface Patience extends Pick<BringerParts, 'routing' | 'clock'> {
  readonly untilMs: number
}

/** An agent that has just begun is reached a moment later. */
const fetchPatiently = async (
  { routing, clock, untilMs }: Patience,
  { nodeId, site }: { readonly nodeId: string; readonly site: StaticSite },
  signal: AbortSignal,
): Promise<EngineError | undefined> => {
  for (;;) {
    try {
      await routing.fetchSite(nodeId, site, signal)
      return undefined
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      if (isLasting(error) || clock.now() >= untilMs) return error
      await clock.wait(limits.routes.followAgainMs, signal)
    }
  }
}

/** Mostly it is the same on all nodes. */
const combine = (failures: readonly SiteFailure[]): readonly SiteFailure[] =>
  [...Map.groupBy(failures, ({ site, message }) => `${site.id} ${message}`).values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, nodes: same.flatMap(({ nodes }) => nodes).toSorted() }]
  })
