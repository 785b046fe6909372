import type { Clock, ProbeCounts, Probes, RouteAnswers, VisitorAnswers, VisitorCounter, Visitors } from '@atoll/deploy'
import { addServiceAnswers, combineServiceAnswers, EngineError, noServiceAnswers } from '@atoll/engine'
import type {
  EnvironmentRef,
  NodeTally,
  RouteProbes,
  RouteTally,
  RoutingApi,
  ServiceAnswers,
  ServiceTally,
} from '@atoll/engine'
import { verbs } from '@atoll/engine/remote'
import { combineAnswers, noAnswers } from '@atoll/ingress'
import type { ObservedNode } from '@atoll/plan'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { RecentNodes } from '../recent-nodes.ts'

export interface CounterParts {
  readonly routing: Pick<RoutingApi, 'readTally'> & { readonly streams: Pick<RoutingApi, 'readTally'> }
  readonly recentNodes: RecentNodes
  readonly clock: Clock
  /** Whether routes are to be probed. */
  readonly isProbing: (signal: AbortSignal) => Promise<boolean>
  /** Whether nodes have a second ingress, which has the stream ports. */
  readonly hasStreams: (signal: AbortSignal) => Promise<boolean>
}

/** What every ingress says at one time; that of the begin stands in the deployment's document until its end. */
interface Reading {
  readonly nodes: readonly CountedNode[]
  /** Names of nodes that could not be asked. */
  readonly unread: readonly string[]
}

interface CountedNode extends NodeTally {
  readonly nodeId: string
  readonly node: string
  /** By its second ingress. */
  readonly isOfStreams?: boolean
}

/** Another build may have begun; of what it has written differently nothing is counted. */
const countedBy = z.object({ nodeId: z.string(), node: z.string(), isOfStreams: z.boolean().exactOptional() })
const readingShape: z.ZodType<Reading> = z.object({
  nodes: z.array(z.intersection(countedBy, verbs.readTally.reply)),
  unread: z.array(z.string()),
})

/** Counts by what the ingress of every node says at begin and end: the difference went through it in between. */
export const createVisitorCounter = (parts: CounterParts): VisitorCounter => ({
  begin: async (ref, signal) => {
    const nodes = await listNodes(parts, signal)
    return nodes && read(parts, { ref, places: placesOf(nodes, [], await hasStreams(parts, signal)) }, signal)
  },
  renew: async (ref, signal) => {
    // While nobody can say whether it is wanted, it is not done.
    if (!(await parts.isProbing(signal).catch(() => false))) return
    const places = placesOf((await listNodes(parts, signal)) ?? [], [], false)
    await read(parts, { ref, places, probeMs: limits.routes.probeMs }, signal)
  },
  end: async (ref, begun, signal) => {
    const before = readingShape.safeParse(begun).data ?? { nodes: [], unread: [] }
    const nodes = (await listNodes(parts, signal)) ?? []
    const places = placesOf(nodes, before.nodes, await hasStreams(parts, signal))
    const after = await read(parts, { ref, places }, signal)
    const probing = new Set(after.nodes.flatMap((one) => (one.probing === undefined ? [] : [keyOf(one)])))
    await read(parts, { ref, places: places.filter((place) => probing.has(keyOf(place))), probeMs: 0 }, signal)
    return subtract(before, after)
  },
})

interface Question {
  readonly ref: EnvironmentRef
  readonly places: readonly Place[]
  /** `TallyQuery.probeMs`. */
  readonly probeMs?: number
}

/** Of every node, all at once. A node without an ingress serves nobody, and is no part of it. */
const read = async (parts: CounterParts, { places, ...query }: Question, signal: AbortSignal): Promise<Reading> => {
  const done = new AbortController()
  const within = AbortSignal.any([signal, done.signal])
  const patience = parts.clock.wait(limits.routes.tallyMs, within).catch(() => undefined)
  const askOne = (place: Place) => {
    const routing = place.isOfStreams ? parts.routing.streams : parts.routing
    return readOne(routing, { ...query, place }, within)
  }
  const asked = Promise.all(places.map(askOne))
  const stopped = patience.then(() => done.abort())
  const found = await asked
  done.abort()
  await stopped
  signal.throwIfAborted()
  const nodes = found.filter((one) => typeof one === 'object')
  // Who is known to have no streams misses none.
  const isMissed = ({ isOfStreams }: Place): boolean =>
    !isOfStreams || nodes.some((one) => one.isOfStreams && one.routes.length > 0)
  return {
    nodes,
    unread: places.flatMap((place, index) => (found[index] === 'unread' && isMissed(place) ? [place.node] : [])),
  }
}

interface Place {
  readonly nodeId: string
  readonly node: string
  /** The engine says that nobody answers there. */
  readonly isAway: boolean
  readonly isOfStreams: boolean
  readonly since?: number
}

/** An ingress: its node, and which of the two it is. */
const keyOf = ({ nodeId, isOfStreams = false }: Pick<CountedNode, 'nodeId' | 'isOfStreams'>): string =>
  `${nodeId} ${isOfStreams}`

/** While nobody can say, there is none. */
const hasStreams = (parts: CounterParts, signal: AbortSignal): Promise<boolean> =>
  parts.hasStreams(signal).catch(() => false)

/** Undefined while the engine cannot say: who knows no node cannot even say which are not counted. */
const listNodes = ({ recentNodes }: CounterParts, signal: AbortSignal): Promise<readonly ObservedNode[] | undefined> =>
  recentNodes(signal).catch((error: unknown) => {
    if (error instanceof EngineError) return undefined
    throw error
  })

/** Nodes that are there, and those that were at the begin. */
const placesOf = (
  nodes: readonly ObservedNode[],
  known: readonly CountedNode[],
  withStreams: boolean,
): readonly Place[] => {
  const kinds = withStreams ? [false, true] : [false]
  const there = nodes.flatMap(({ id, name, state }) =>
    kinds.map((isOfStreams) => ({ nodeId: id, node: name, isAway: state !== 'ready', isOfStreams })),
  )
  const keys = new Set(there.map(keyOf))
  const moments = new Map(known.map((one) => [keyOf(one), one.moment]))
  const gone = known.filter((one) => !keys.has(keyOf(one))).map((one) => ({ ...one, isAway: nodes.length > 0 }))
  return [...there, ...gone].map(({ nodeId, node, isAway, isOfStreams = false }) => {
    const since = moments.get(keyOf({ nodeId, isOfStreams }))
    return { nodeId, node, isAway, isOfStreams, ...(since !== undefined && { since }) }
  })
}

const readOne = async (
  routing: Pick<RoutingApi, 'readTally'>,
  { place, ...rest }: Omit<Question, 'places'> & { readonly place: Place },
  signal: AbortSignal,
): Promise<CountedNode | 'unread' | 'none'> => {
  const { nodeId, node, isAway, isOfStreams, since } = place
  if (isAway) return 'unread'
  try {
    const query = { ...rest, ...(since !== undefined && { since }) }
    const by = { nodeId, node, ...(isOfStreams && { isOfStreams }) }
    return { ...by, ...(await routing.readTally(nodeId, query, signal)) }
  } catch (error) {
    if (signal.aborted) return 'unread'
    if (error instanceof EngineError) return error.code === 'not-found' ? 'none' : 'unread'
    throw error
  }
}

/** Without the nodes of which it is not certain what they had counted before. */
const subtract = (before: Reading, after: Reading): Visitors => {
  const begun = new Map(before.nodes.map((one) => [keyOf(one), one]))
  const isCounted = (one: CountedNode): boolean => {
    const then = begun.get(keyOf(one))
    return then?.life === one.life && then.moment <= one.moment
  }
  const isMissed = ({ isOfStreams, routes }: CountedNode): boolean => !isOfStreams || routes.length > 0
  const counted = after.nodes.filter(isCounted)
  const pairs = counted.map((one) => [begun.get(keyOf(one))?.routes ?? [], one.routes] as const)
  const gains = pairs.flatMap(([then, now]) => gainOf(then, now))
  const services = pairs.flatMap(([then, now]) => gainOfServices(then, now))
  const routes = [...Map.groupBy(gains, ({ route }) => route)].map(([route, own]) => ({ route, ...sumOf(own) }))
  const lost = after.nodes.filter((one) => !isCounted(one) && isMissed(one)).map(({ node }) => node)
  return {
    all: sumOf(routes),
    routes: routes.toSorted((a, b) => b.requests - a.requests || (a.route < b.route ? -1 : 1)),
    ...(services.length > 0 && { services: sumByService(services) }),
    uncounted: [...new Set([...before.unread, ...after.unread, ...lost])].toSorted(),
    ...subtractProbes(counted.map((now) => [begun.get(keyOf(now)), now])),
  }
}

/** By node: at the begin, and now. */
const subtractProbes = (
  nodes: readonly (readonly [CountedNode | undefined, CountedNode])[],
): Pick<Visitors, 'probes'> => {
  const gains = nodes.map(([before, { probes = [] }]) =>
    probes
      .map((now) => {
        const old = before?.probes?.find(({ route }) => route === now.route)
        return { ...now, answered: now.answered - (old?.answered ?? 0), failed: now.failed - (old?.failed ?? 0) }
      })
      .filter(({ answered, failed }) => answered + failed > 0),
  )
  const routes = [...Map.groupBy(gains.flat(), ({ route }) => route)].map(([route, own]): RouteProbes => ({
    route,
    ...sumProbes(own),
  }))
  const probing = nodes.flatMap(([, now]) => now.probing ?? [])
  const unprobed = new Map(
    probing.flatMap((one) => one.unprobed.map((each) => [`${each.route} ${each.why}`, each] as const)),
  )
  if (routes.length === 0 && unprobed.size === 0) return {}
  const probes: Probes = {
    ...sumProbes(routes),
    nodes: gains.filter((own) => own.length > 0).length,
    everyMs: Math.max(0, ...probing.map(({ everyMs }) => everyMs)),
    routes: routes.toSorted((a, b) => b.failed - a.failed || (a.route < b.route ? -1 : 1)),
    unprobed: [...unprobed.values()].toSorted((a, b) => (a.route < b.route ? -1 : 1)),
  }
  return { probes }
}

const sumProbes = (parts: readonly ProbeCounts[]): ProbeCounts => ({
  answered: parts.reduce((sum, { answered }) => sum + answered, 0),
  failed: parts.reduce((sum, { failed }) => sum + failed, 0),
  slowestMs: Math.max(0, ...parts.map(({ slowestMs }) => slowestMs)),
  gapMs: Math.max(0, ...parts.map(({ gapMs }) => gapMs)),
})

const gainOf = (before: readonly RouteTally[], after: readonly RouteTally[]): readonly RouteAnswers[] =>
  after
    .map((now) => {
      const old = before.find(({ route }) => route === now.route) ?? noAnswers
      const { route, slowestMs } = now
      return { route, slowestMs, ...combineAnswers(now, old, (a, b) => a - b) }
    })
    .filter(({ requests, failed }) => requests + failed > 0)

const gainOfServices = (before: readonly RouteTally[], after: readonly RouteTally[]): readonly ServiceTally[] =>
  after.flatMap(({ route, services = [] }) => {
    const old = before.find((each) => each.route === route)?.services ?? []
    return services.map(({ service, ...now }) => {
      const then = old.find((each) => each.service === service) ?? noServiceAnswers
      return { service, ...combineServiceAnswers(now, then, (a, b) => a - b) }
    })
  })

const sumByService = (parts: readonly ServiceTally[]): readonly ServiceTally[] =>
  [...Map.groupBy(parts, ({ service }) => service)]
    .map(([service, own]) => ({ service, ...own.reduce<ServiceAnswers>(addServiceAnswers, noServiceAnswers) }))
    .toSorted((a, b) => (a.service < b.service ? -1 : 1))

const sumOf = (parts: readonly VisitorAnswers[]): VisitorAnswers => ({
  ...parts.reduce((sum, one) => combineAnswers(sum, one, (a, b) => a + b), noAnswers),
  slowestMs: Math.max(0, ...parts.map(({ slowestMs }) => slowestMs)),
})
