import type { StaticSite } from '@atoll/spec'
import type { EnvironmentRef } from './engine.ts'

/** What routes need of an engine: where tasks answer, and the ingress of each node. Throws EngineError. */
export interface RoutingApi extends TaskPlaces, IngressApi {
  /** Resolves once the node has the files, which it then keeps for an hour at least. `not-found`: it serves nobody; `refused`: nobody can have them. */
  fetchSite(nodeId: string, site: StaticSite, signal: AbortSignal): Promise<void>
  /** The second ingress of a node, which has the stream ports; `not-found`: that node has none. */
  readonly streams: IngressApi
}

/** What is asked of an ingress. */
export interface IngressApi {
  /** Gives the ingress of a node its table; resolves once it serves what it can of it. `refused`: nothing, and it serves the one before. */
  giveRoutes(nodeId: string, table: NodeTable, signal: AbortSignal): Promise<void>
  /** How the ingress of a node is: now, and again whenever that, or any container of the node, may be another. */
  followIngress(nodeId: string, signal: AbortSignal): AsyncIterable<NodeIngress>
  /** What the ingress of a node has counted of the routes of an environment. `not-found`: that node has none. */
  readTally(nodeId: string, query: TallyQuery, signal: AbortSignal): Promise<NodeTally>
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
  /** Files that its routes serve, which the node has to have. Absent: none. */
  readonly sites?: readonly StaticSite[]
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

export interface TallyQuery {
  readonly ref: EnvironmentRef
  /** A moment of before, of the same life; the beginning without it. */
  readonly since?: number
  /** The ingress is to ask these routes by itself for so long from now on, a whole number; 0: no more. Absent: as it is. */
  readonly probeMs?: number
}

export interface NodeTally {
  /** Another after whatever lost counters: then nothing can be said of the time between. */
  readonly life: string
  /** Of this tally, within its life. */
  readonly moment: number
  /** Of routes that had a request since that life began. */
  readonly routes: readonly RouteTally[]
  /** Of routes that were ever probed in that life. Absent: a build that does not probe. */
  readonly probes?: readonly RouteProbes[]
  /** Absent: nobody wants any now. */
  readonly probing?: Probing
}

/** What came of the requests that an ingress made by itself. They are in no other number. */
export interface RouteProbes {
  /** As people name it. */
  readonly route: string
  /** By a task, with whatever status; or by the ingress, where it is the route that answers. */
  readonly answered: number
  /** The ingress answered 502, 503 or 504, the connection broke, or nobody said anything for five seconds. */
  readonly failed: number
  /** Until an answer began, since the moment that was asked for; 0: there was none. */
  readonly slowestMs: number
  /** The longest from a probe that failed until one was answered, since that moment; 0: none has failed. */
  readonly gapMs: number
}

export interface Probing {
  /** From one probe of a route to its next. */
  readonly everyMs: number
  readonly unprobed: readonly UnprobedRoute[]
}

export interface UnprobedRoute {
  readonly route: string
  /** Words that go after its name: `asks for a password`. */
  readonly why: string
}

/** What became of the requests of one route; where a route is a port or TLS as it is, of its connections. */
export interface RouteTally extends Answers {
  /** As people name it. */
  readonly route: string
  /** The longest that a task took to take a connection or to begin its answer since the moment that was asked for; 0: nobody was asked. */
  readonly slowestMs: number
  /** By service, where more than one answers the route. */
  readonly services?: readonly ServiceTally[]
}

/** What became of the requests that tasks of one service were given. */
export interface ServiceTally extends ServiceAnswers {
  /** Compose name. */
  readonly service: string
}

/** Numbers that only grow. */
export interface ServiceAnswers {
  /** Answered by a task, whatever it said. */
  readonly answered: number
  /** Of these with 5xx. */
  readonly errors: number
  /** A task took no connection, gave no answer or broke off within one; another may have answered in its place. */
  readonly failed: number
  /** Until answers began, added up: milliseconds. */
  readonly totalMs: number
}

/** Numbers that only grow. */
export interface Answers {
  /** That have ended, however. */
  readonly requests: number
  /** By the first digit of what was answered, whoever did. */
  readonly statuses: { readonly [Class in '1xx' | '2xx' | '3xx' | '4xx' | '5xx']: number }
  /** No task answered, and the ingress said so (502, 503, 504); or an answer ended before its end. */
  readonly failed: number
  /** Of these the answers that ended before their end. */
  readonly cut: number
  /** Times that the same task was tried again, or that a request which had been sent already was sent again. */
  readonly retries: number
  /** Times that another task was tried instead. One that had been sent before is in both. */
  readonly redispatches: number
  /** The client was gone first. */
  readonly abandoned: number
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

/** A folder of an image, as the engine of one node has it. */
export interface ImageFolders {
  /**
   * Takes each of its files in turn, from an image that is pulled when it is not here. Throws EngineError: `refused` when there
   * is no such image or folder, or something in it is neither; and what `take` throws.
   */
  read(folder: ImageFolder, take: (file: FolderFile) => Promise<void>, signal: AbortSignal): Promise<void>
}

export interface ImageFolder {
  readonly image: string
  /** Absolute. */
  readonly path: string
}

export interface FolderFile {
  /** Below the folder: `/assets/app.js`. */
  readonly path: string
  readonly sizeBytes: number
  /** Since 1970. */
  readonly modifiedSeconds: number
  readonly content: AsyncIterable<Uint8Array>
}

/** The container of the ingress, as the engine of its own node sees it. Throws EngineError. */
export interface LocalIngress {
  /** Undefined: none runs here. */
  find(signal: AbortSignal): Promise<IngressContainer | undefined>
  /** With an address that no task has, and no ingress of another node; the network is held from then on. */
  join(container: IngressContainer, network: NodeNetwork, signal: AbortSignal): Promise<void>
  /** One that is not in it is parted. */
  part(containerId: string, network: string, signal: AbortSignal): Promise<void>
  /** None runs here any more: what was held for it is let go. */
  release(signal: AbortSignal): Promise<void>
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
