import type { Build, SecretValues } from '@atoll/spec'
import type { Action, Observed, ObservedNode, Occupancy, ServicesCount } from '@atoll/plan'
import type { NodeDisk, NodeUsage, PruneReport, PruneRequest } from './storage/storage.ts'
import type { NodeReach, TaskReach } from './reach.ts'

/** Which environment of which app. */
export interface EnvironmentRef {
  readonly app: string
  readonly environment: string
}

/** How an environment is doing, in numbers. */
export interface EnvironmentCount extends ServicesCount {
  readonly ref: EnvironmentRef
}

/** The port to a container engine. Every method throws EngineError and nothing else; every wait ends with its signal. */
export interface Engine extends TaskReach {
  observe(ref: EnvironmentRef, signal: AbortSignal): Promise<Observed>
  /** Environments that own at least one service or network here. */
  listEnvironments(signal: AbortSignal): Promise<readonly EnvironmentRef[]>
  /** The same, with what `observe` would say of each, counted. One look, however many there are. */
  countEnvironments(signal: AbortSignal): Promise<readonly EnvironmentCount[]>
  /** What every service of the engine, anybody's, holds of the nodes. One look, too. */
  occupancy(signal: AbortSignal): Promise<Occupancy>
  /** Idempotent. `await-service` is none of the engine's business and is ignored. */
  apply(action: Action, context: ApplyContext, signal: AbortSignal): Promise<void>
  /** Says that something of this environment changed; may say so too often, never too seldom (a periodic tick is included). */
  watch(ref: EnvironmentRef, signal: AbortSignal): AsyncIterable<EngineEvent>
  logs(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs argv in the newest running container of a task. Output is binary safe; resolves with the exit status. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<number>
  nodes(signal: AbortSignal): Promise<readonly ObservedNode[]>
  /** Digest reference (`name:tag@sha256:...`) of an image, asked of its registry through the engine. */
  resolveImage(image: string, signal: AbortSignal): Promise<ResolvedImage>
  /** Builds, tags as `reference`, pushes, and gives the digest reference. Progress lines go to onLine. */
  buildImage(request: BuildRequest, signal: AbortSignal): Promise<string>
  /** Health output and exit detail of a task's container, as far as its node can be reached. */
  inspectTask(taskId: string, signal: AbortSignal): Promise<TaskDetail>
  /** Sizes of an environment's volumes on nodes that can be reached. */
  volumeSizes(ref: EnvironmentRef, signal: AbortSignal): Promise<Readonly<Record<string, number>>>
  /** Copies a volume's content to another node, verifies it, records the new place; the old copy stays. */
  moveVolume(request: MoveVolumeRequest, signal: AbortSignal): Promise<void>
  /** Removes a volume on a node, only if it is labelled as this environment's. */
  removeVolume(ref: EnvironmentRef, engineName: string, nodeId: string, signal: AbortSignal): Promise<void>
  /**
   * Makes a node a manager or a worker, and resolves once it is one; what it is already is done. A leader that becomes a worker
   * hands the lead over before. `refused`: the last manager, or more than the quorum can lose.
   */
  changeRole(nodeId: string, role: NodeRole, signal: AbortSignal): Promise<void>
  /** Of its labels and whether it takes tasks, what is named; the rest stays as it is, whoever changes it meanwhile. */
  changeNode(nodeId: string, change: NodeChange, signal: AbortSignal): Promise<void>
  /**
   * Takes a worker out of the cluster; one that is not there is done. `refused`: it is a manager, or it is ready and nobody
   * said `isForced`. What runs on a ready one runs on until its own engine leaves.
   */
  removeNode(nodeId: string, options: { readonly isForced: boolean }, signal: AbortSignal): Promise<void>
  /** How a server joins. Whoever knows it can be a worker of the cluster. */
  admission(signal: AbortSignal): Promise<Admission>
  diagnose(signal: AbortSignal): Promise<Diagnosis>
  /** Of the disk of a node's engine; undefined where it cannot be seen. Cheap, so that it can be asked again and again. */
  disk(nodeId: string, signal: AbortSignal): Promise<NodeDisk | undefined>
  /** What a node's engine keeps; it counts for seconds. `not-found`: the node's engine cannot be reached. */
  usage(nodeId: string, signal: AbortSignal): Promise<NodeUsage>
  /** Removes from a node what nobody needs; with `isDryRun` it only tells. Never a volume. */
  prune(request: PruneRequest & { readonly nodeId: string }, signal: AbortSignal): Promise<PruneReport>
  /** Of every service of the cluster, whoever's, with what the engine itself would go back to. */
  serviceImages(signal: AbortSignal): Promise<readonly string[]>
}

export type NodeRole = 'manager' | 'worker'

export interface NodeChange {
  readonly labels?: Readonly<Record<string, string>>
  /** By their keys. */
  readonly removedLabels?: readonly string[]
  readonly availability?: ObservedNode['availability']
}

/** What a server needs to join. It is written nowhere. */
export interface Admission {
  readonly workerToken: string
  /** `10.0.0.5:2377`, of each manager. */
  readonly managers: readonly string[]
}

export interface ApplyContext {
  readonly ref: EnvironmentRef
  readonly release: number
  readonly secrets: SecretValues
  /**
   * Called right before each write; throws when the caller may no longer write. A process that was paused in the middle of
   * an action finds out here, not after it has undone what somebody else did meanwhile.
   */
  readonly assertHeld?: () => void
  /** Engine names of networks of other apps that this one may join; absent: all, as the caller could join them itself. */
  readonly sharedNetworks?: readonly string[]
}

export type ResolvedImage =
  | { readonly kind: 'digest'; readonly reference: string }
  /** No registry answered. `isPresent`: the engine asked has it, so that it can be deployed as written. */
  | { readonly kind: 'unresolved'; readonly reference: string; readonly reason: string; readonly isPresent: boolean }
  /** A registry answered: it is not there. */
  | { readonly kind: 'missing'; readonly reference: string; readonly reason: string }

export interface EngineEvent {
  readonly kind: 'service' | 'task' | 'node' | 'network' | 'config' | 'secret' | 'volume' | 'tick'
  readonly id?: string
  readonly atMs: number
}

export interface LogQuery {
  readonly ref: EnvironmentRef
  /** Compose names; all of the app when empty. */
  readonly services: readonly string[]
  readonly taskId?: string
  readonly follow: boolean
  readonly sinceMs?: number
  /** That many of the last lines of each task, as `docker compose logs` counts them. */
  readonly tail?: number
}

export interface LogLine {
  readonly service: string
  readonly taskId: string
  readonly slot?: number
  readonly nodeId?: string
  readonly stream: 'stdout' | 'stderr'
  /** May have a fraction: microseconds, where the engine has them. */
  readonly atMs: number
  readonly text: string
}

/** Of one task; as LogQuery. */
export interface TaskLogQuery extends Pick<LogQuery, 'follow' | 'sinceMs' | 'tail'> {
  readonly taskId: string
}

export type TaskLogLine = Pick<LogLine, 'stream' | 'atMs' | 'text'>

export interface ExecRequest {
  readonly taskId: string
  readonly argv: readonly string[]
  readonly user?: string
  readonly workingDir?: string
  readonly environment: Readonly<Record<string, string>>
  readonly tty?: { readonly columns: number; readonly rows: number }
  readonly stdin?: AsyncIterable<Uint8Array>
  readonly onResize?: (listener: (size: { columns: number; rows: number }) => void) => void
  readonly stdout: TakeOutput
  readonly stderr: TakeOutput
}

/** The program is slowed down to the pace of who takes its output: nothing more is read before a promise is kept. */
export type TakeOutput = (chunk: Uint8Array) => void | Promise<void>

/** What the engine of a node does by itself, be it a worker's: what is inside of its own containers. */
export interface NodeEngine extends NodeReach {
  /** Engine name of the service whose task has a container here; undefined when there is none. */
  findService(taskId: string, signal: AbortSignal): Promise<string | undefined>
  /** As Engine, for tasks of this node; EngineError `not-found` for others. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<number>
  inspectTask(taskId: string, signal: AbortSignal): Promise<TaskDetail>
  /** What the task's container has logged, by this engine itself; EngineError `not-found` when there is none. */
  readLog(query: TaskLogQuery, signal: AbortSignal): AsyncIterable<TaskLogLine>
  disk(signal: AbortSignal): Promise<NodeDisk | undefined>
  usage(signal: AbortSignal): Promise<NodeUsage>
  prune(request: PruneRequest, signal: AbortSignal): Promise<PruneReport>
}

export interface BuildRequest {
  /** With `packed` its `dockerfile` is the name inside of the tar, and `context` is not looked at. */
  readonly build: Build
  /** The folder as a tar somebody else has packed; read once, at the pace of the engine. */
  readonly packed?: AsyncIterable<Uint8Array>
  /** Registry, repository and tag: `127.0.0.1:5000/shop/web:production`. */
  readonly reference: string
  readonly onLine: (line: string) => void
}

export interface TaskDetail {
  readonly exitCode?: number
  readonly isOutOfMemory: boolean
  /** Output of the last health probes, oldest first. */
  readonly health: readonly { readonly exitCode: number; readonly output: string; readonly atMs: number }[]
  readonly error?: string
}

export interface MoveVolumeRequest {
  readonly ref: EnvironmentRef
  readonly engineName: string
  readonly toNodeId: string
  readonly onProgress: (bytes: number) => void
}

export interface Diagnosis {
  readonly engineVersion: string
  readonly apiVersion: string
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly check: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly message: string
  readonly hint?: string
}
