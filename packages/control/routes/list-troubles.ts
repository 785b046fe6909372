import { readStreamPorts, renderOpening } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { NodeIngress, RouteRefusal } from '@atoll/engine'
import { streamPortOf } from '@atoll/spec'
import type { Route } from '@atoll/spec'
import type { Control } from '../control.ts'
import { limits } from '../limits.ts'

/** Why a route is not served as it is wanted, and on which nodes. */
export interface RouteTrouble {
  /** Names, sorted. */
  readonly nodes: readonly string[]
  readonly message: string
}

/** What the ingress of one node says of itself. */
export interface IngressOfNode extends NodeIngress {
  readonly node: string
  /** It has the stream ports, and no others. */
  readonly isOfStreams: boolean
}

export interface Ingresses {
  readonly ingresses: readonly IngressOfNode[]
  /** Ports for streams. */
  readonly open: readonly number[]
}

/** Of every ready node; one that does not answer soon says nothing, and is told elsewhere. Throws EngineError. */
export const listIngresses = async (
  { routing, recentNodes, recentDocuments }: Pick<Control, 'routing' | 'recentNodes' | 'recentDocuments'>,
  signal: AbortSignal,
): Promise<Ingresses> => {
  const open = await readStreamPorts(recentDocuments, signal)
  if (routing === undefined) return { ingresses: [], open }
  const within = AbortSignal.any([signal, AbortSignal.timeout(limits.routes.stateMs)])
  const ready = (await recentNodes(signal)).filter(({ state }) => state === 'ready')
  const kinds = [
    { api: routing, isOfStreams: false },
    ...(open.length > 0 ? [{ api: routing.streams, isOfStreams: true }] : []),
  ]
  const asked = ready.flatMap(({ id, name }) =>
    kinds.map(async ({ api, isOfStreams }) => {
      const state = await readState(api.followIngress(id, within))
      return state === undefined ? [] : [{ ...state, node: name, isOfStreams }]
    }),
  )
  return { ingresses: (await Promise.all(asked)).flat(), open }
}

const readState = async (states: AsyncIterable<NodeIngress>): Promise<NodeIngress | undefined> => {
  try {
    for await (const state of states) return state
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
  }
  return undefined
}

interface OwnedRoute {
  readonly app: string
  readonly environment: string
  readonly route: Route
}

export const findTroubles = ({ ingresses, open }: Ingresses, owned: OwnedRoute): readonly RouteTrouble[] => {
  const port = streamPortOf(owned.route)
  const isStream = port !== undefined
  if (isStream && !open.includes(port)) {
    const nodes = [...new Set(ingresses.map(({ node }) => node))].toSorted()
    return [{ nodes, message: `port ${port} is not open for streams; "${renderOpening(open, port)}" opens it` }]
  }
  const asked = ingresses.filter(({ isOfStreams }) => isOfStreams === isStream)
  const told = asked.flatMap(({ node, trouble, refused = [] }) => [
    ...(trouble === undefined ? [] : [{ node, message: trouble }]),
    ...refused.filter((refusal) => isAbout(refusal, owned)).map((refusal) => ({ node, message: explain(refusal) })),
  ])
  return [...Map.groupBy(told, ({ message }) => message)].map(([message, each]) => ({
    nodes: each.map(({ node }) => node).toSorted(),
    message,
  }))
}

const isAbout = (refusal: RouteRefusal, { app, environment, route }: OwnedRoute): boolean =>
  refusal.kind === 'environment'
    ? refusal.app === app && refusal.environment === environment
    : route.kind === 'http' && route.match.host === refusal.host

const explain = ({ kind, reason, isKept }: RouteRefusal): string => {
  if (kind === 'certificate') return `${reason}; ${isKept ? 'the certificate before is served' : 'its host has no TLS'}`
  return `${reason}; ${isKept ? `the app's routes of before are served` : `none of the app's routes is served`}`
}
