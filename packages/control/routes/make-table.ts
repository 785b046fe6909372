import { createHash } from 'node:crypto'
import type { NodeNetwork, NodeTable, TaskEndpoint } from '@atoll/engine'
import type { Endpoint, HostCertificate, RoutedEnvironment, RouteTable } from '@atoll/ingress'
import { sitesOf } from '@atoll/spec'
import type { RoutedApp } from './find-routes.ts'

export interface TableParts {
  readonly apps: readonly RoutedApp[]
  readonly endpoints: readonly TaskEndpoint[]
  /** Among the nodes, by id. */
  readonly addresses: ReadonlyMap<string, string>
  readonly certificates: readonly HostCertificate[]
  readonly acmeThumbprint?: string
  readonly trustedProxies: readonly string[]
  readonly isProxyProtocolExpected?: boolean
  /** `RouteTable.hasProbes`; true unless said. */
  readonly hasProbes?: boolean
}

/** What every ingress is given, with places for twice the tasks, as when all are made anew at once: the same for the same world, in whatever order it was told. */
export const makeTable = ({
  apps,
  endpoints,
  addresses,
  trustedProxies,
  isProxyProtocolExpected = false,
  hasProbes = true,
  ...given
}: TableParts): NodeTable => {
  const byService = Map.groupBy(endpoints, ({ service }) => service)
  const joined = new Map<string, NodeNetwork>()
  const environments = apps.map((app): RoutedEnvironment => {
    const answering = Object.entries(app.services).map(([name, engineName]) => {
      const places = (byService.get(engineName) ?? []).flatMap((task) => placeOf(app, task, addresses.get(task.nodeId)))
      for (const { network } of places) joined.set(network.name, network)
      return [name, sortById(places.map(({ endpoint }) => endpoint))] as const
    })
    const { app: name, environment, routes, replicas } = app
    const mostTasks = Object.fromEntries(Object.entries(replicas).map(([service, count]) => [service, 2 * count]))
    return { app: name, environment, routes, endpoints: Object.fromEntries(answering), mostTasks }
  })
  const table: RouteTable = {
    environments: environments.toSorted(compareOwners),
    ...given,
    ...(trustedProxies.length > 0 && { trustedProxies: trustedProxies.toSorted() }),
    ...(isProxyProtocolExpected && { isProxyProtocolExpected }),
    ...(!hasProbes && { hasProbes }),
  }
  const networks = [...joined.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const sites = sitesOf(apps.flatMap(({ routes }) => routes))
  const text = JSON.stringify(table)
  const version = hash(`${JSON.stringify(networks)} ${text}`)
  return { version, networks, ...(sites.length > 0 && { sites }), table: text }
}

interface Place {
  readonly network: NodeNetwork
  readonly endpoint: Endpoint
}

/** In a network of the environment itself, where it has one: there it meets nobody else. */
const placeOf = (
  { app, environment }: RoutedApp,
  { taskId, networks }: TaskEndpoint,
  node: string | undefined,
): readonly Place[] => {
  const own = networks.filter(({ name }) => name.startsWith(`${app}_${environment}_`))
  const [chosen] = (own.length === 0 ? networks : own).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (chosen === undefined) return []
  const { address, ...network } = chosen
  return [{ network, endpoint: { id: taskId, address, ...(node && { node }), state: 'ready' } }]
}

const sortById = (endpoints: readonly Endpoint[]): readonly Endpoint[] =>
  endpoints.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const compareOwners = (a: RoutedEnvironment, b: RoutedEnvironment): number =>
  `${a.app}/${a.environment}` < `${b.app}/${b.environment}` ? -1 : 1

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
