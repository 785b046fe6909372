/** What routes need of an engine: where tasks answer, and the ingress of each node. Throws EngineError. */
export interface RoutingApi extends TaskPlaces {
  /** Gives the ingress of a node its table; resolves once it serves what it can of it. `refused`: nothing, and it serves the one before. */
  giveRoutes(nodeId: string, table: NodeTable, signal: AbortSignal): Promise<void>
  /** How the ingress of a node is: now, and again whenever that, or any container of the node, may be another. */
  followIngress(nodeId: string, signal: AbortSignal): AsyncIterable<NodeIngress>
}

/** The part that a manager's engine knows. */
export interface TaskPlaces {
  /** Tasks that run and are meant to, of services by their engine names; of one that is not there, none. */
  listEndpoints(services: readonly string[], signal: AbortSignal): Promise<readonly TaskEndpoint[]>
  /** That a service or a node is another; may say so too often. */
  watchServices(signal: AbortSignal): AsyncIterable<ServicesChange>
}

export interface ServicesChange {
  readonly kind: 'service' | 'node'
}

/** Swarm calls a task running once its health check, where it has one, has been passed. */
export interface TaskEndpoint {
  /** Engine name. */
  readonly service: string
  readonly taskId: string
  readonly nodeId: string
  readonly networks: readonly (NodeNetwork & { readonly address: string })[]
}

export interface NodeNetwork {
  /** Engine name. */
  readonly name: string
  /** `10.64.0.0/20`. */
  readonly subnet: string
}

export interface NodeTable {
  /** The same for the same table and networks. */
  readonly version: string
  /** Networks the ingress has to be in. */
  readonly networks: readonly NodeNetwork[]
  /** What only the ingress understands. */
  readonly table: string
}

export interface NodeIngress {
  /** Of the table it serves. Absent: none, or no ingress runs there. */
  readonly version?: string
  /** Why it does not serve what it was given last. */
  readonly trouble?: string
  /** What it could not take of that table. Absent: nothing. */
  readonly refused?: readonly RouteRefusal[]
}

/** The routes of an environment, or the certificate of a host, that an ingress does not take: all others are served. */
export type RouteRefusal = RefusedPart & {
  readonly reason: string
  /** What was there before is served in its place; false: nothing is. */
  readonly isKept: boolean
}

export type RefusedPart =
  | { readonly kind: 'environment'; readonly app: string; readonly environment: string }
  | { readonly kind: 'certificate'; readonly host: string }

/** The container of the ingress, as the engine of its own node sees it. Throws EngineError. */
export interface LocalIngress {
  /** Undefined: none runs here. */
  find(signal: AbortSignal): Promise<IngressContainer | undefined>
  /** With an address that no task has, and no ingress of another node; the network is held from then on. */
  join(container: IngressContainer, network: NodeNetwork, signal: AbortSignal): Promise<void>
  /** One that is not in it is parted. */
  part(containerId: string, network: string, signal: AbortSignal): Promise<void>
  /** That a container of a service began, ended, is told to end, or is another's health; ends when the engine's stream does. */
  watchContainers(signal: AbortSignal): AsyncIterable<ContainerChange>
}

export interface IngressContainer {
  readonly id: string
  /** Its number among all ingresses of the cluster, by the address that the engine gave it. */
  readonly number: number
  /** Engine names. */
  readonly networks: readonly string[]
  /** Those that stay on this node, and in the cluster, as long as it is in them. */
  readonly held: readonly string[]
}

export interface ContainerChange {
  /** It is the ingress' own. */
  readonly isIngress: boolean
}
