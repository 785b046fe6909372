import type { Network, Service } from '@atoll/spec'

/** What the engine says of one environment at one moment, and of the nodes it could run on. */
export interface Observed {
  readonly app: string
  readonly environment: string
  readonly services: readonly ObservedService[]
  readonly networks: readonly ObservedNetwork[]
  readonly configs: readonly ObservedFile[]
  readonly secrets: readonly ObservedFile[]
  /** Every named local volume of this environment whose place is known: recorded at its first placement. */
  readonly volumes: readonly ObservedVolume[]
  readonly nodes: readonly ObservedNode[]
}

export interface ObservedService {
  readonly id: string
  readonly engineName: string
  /** False: no `atoll.*` label says it is this environment's. Then it is never touched. */
  readonly isOwned: boolean
  /** What Atoll last asked for (kept in a label of the service). Absent when unreadable: it is then planned anew. */
  readonly definition?: Service
  /** Number of the release that last wrote it. */
  readonly release: number
  /** Fields somebody changed behind us: `from` is what the engine has, `to` what the definition says. */
  readonly drift: readonly FieldChange[]
  /** Engine's own outcome of the last update. */
  readonly update?: {
    readonly state: UpdateState
    readonly message: string
    readonly startedAtMs?: number
    readonly completedAtMs?: number
  }
  /** Tasks of the service that are not pruned yet, newest first. */
  readonly tasks: readonly ObservedTask[]
  /** Version of the service's specification and the version its tasks were made from differ by this: newer tasks only count. */
  readonly specVersion: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export type UpdateState =
  | 'updating'
  | 'paused'
  | 'completed'
  | 'rollback_started'
  | 'rollback_paused'
  | 'rollback_completed'

export interface ObservedTask {
  readonly id: string
  readonly slot?: number
  readonly nodeId?: string
  /** Image with digest this task was made with. */
  readonly image: string
  /** True when the task was made from the service's present specification. */
  readonly isCurrent: boolean
  /** What the engine wants of it. */
  readonly desired: 'running' | 'shutdown' | 'ready' | 'remove' | 'complete'
  readonly state: TaskState
  /** Engine's word on the state: "started", "preparing", "no suitable node (...)". */
  readonly message: string
  readonly error?: string
  readonly exitCode?: number
  readonly containerId?: string
  /** When the state was entered. */
  readonly sinceMs: number
  readonly createdAtMs: number
}

/** Swarm's task states. A task with a health check enters `running` only once it is healthy. */
export type TaskState =
  | 'new'
  | 'allocated'
  | 'pending'
  | 'assigned'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'shutdown'
  | 'failed'
  | 'rejected'
  | 'remove'
  | 'orphaned'

export interface ObservedNetwork {
  readonly id: string
  readonly engineName: string
  readonly isOwned: boolean
  /** As Atoll asked for it. */
  readonly definition?: Network
}

export interface ObservedFile {
  readonly id: string
  readonly engineName: string
  readonly isOwned: boolean
}

export interface ObservedVolume {
  readonly engineName: string
  /** Node that holds it; a service that mounts it stays there. */
  readonly nodeId: string
  /** Hostname at the time of recording: the node may be gone. */
  readonly nodeName: string
  readonly sizeBytes?: number
}

export interface ObservedNode {
  readonly id: string
  readonly name: string
  readonly isManager: boolean
  readonly isLeader: boolean
  readonly state: 'ready' | 'down' | 'unknown' | 'disconnected'
  readonly availability: 'active' | 'pause' | 'drain'
  readonly labels: Readonly<Record<string, string>>
  readonly engineVersion: string
  /** Engine labels and platform, for constraints: `node.platform.os`, `engine.labels.x`. */
  readonly engineLabels: Readonly<Record<string, string>>
  readonly os: string
  readonly architecture: string
  readonly address: string
  readonly nanoCpus: number
  readonly memoryBytes: number
  /** Of its engine's data, where an agent tells of it. */
  readonly disk?: ObservedDisk
}

export interface ObservedDisk {
  readonly sizeBytes: number
  readonly freeBytes: number
  /** 0 to 1: of bytes or of inodes, whichever are nearer to their end. */
  readonly usedShare: number
  readonly scarce: 'bytes' | 'inodes'
  /** At the pace of the last hours; absent without a clear one. */
  readonly fullAtMs?: number
}

/** One changed field in the words of the App: `environment.LOG_LEVEL`, `mode.replicas`. Values are plain JSON text: `"debug"`, `3`, `["a"]`. */
export interface FieldChange {
  readonly field: string
  readonly from?: string
  readonly to?: string
}
