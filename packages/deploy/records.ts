import type { App } from '@atoll/spec'
import type { CanaryPlan, CanaryReceipt } from './canary/records.ts'
import type { Visitors } from './visitors.ts'
import type { Action, FieldChange, RouteDifference, TaskState, Warning } from '@atoll/plan'

/** Immutable and numbered per environment. Document `release`, id `APP.ENVIRONMENT.NUMBER`. */
export interface Release {
  readonly number: number
  /** Every image by digest where a registry answered; no secret values. */
  readonly app: App
  readonly createdAtMs: number
  /** `user@host`, or what the caller says. */
  readonly author: string
  readonly git?: {
    readonly commit: string
    readonly branch?: string
    readonly isDirty: boolean
    readonly subject?: string
  }
  /** The release whose jobs have run for this one: the two differ in routes alone. */
  readonly jobsOf?: number
  /** It is a canary: another release with a part of the next one beside it. */
  readonly canary?: CanaryPlan
  /** Of a canary: what is deployed when it has proven good. */
  readonly next?: App
  /** Why it exists: a deploy of files, or derived from another release. */
  readonly origin: {
    readonly kind: 'deploy' | 'scale' | 'restart' | 'adopt' | 'add-route' | 'remove-route' | 'canary'
    readonly from?: number
    readonly note?: string
  }
}

/** One per environment; its compare-and-set is the lock. Document `environment`, id `APP.ENVIRONMENT`. */
export interface EnvironmentRecord {
  /** Release that last converged. */
  readonly current?: number
  readonly lastRelease: number
  readonly lastDeployment: number
  /** An abandoned deployment left a part of its release behind; stands until one has ended since. */
  readonly isHalfWay?: true
  /** Its documents are being removed, after everything else; only this one may be left. */
  readonly isRemoved?: true
  /** The deployment under way. Nobody else writes until it is gone or its lease has run out. */
  readonly running?: {
    readonly deployment: number
    readonly owner: string
    /** The owner's process, when it can be told from here whether it lives (see ProcessTable). */
    readonly process?: string
    readonly token: string
    readonly sinceMs: number
    readonly leaseUntilMs: number
  }
}

export type DeploymentState = 'running' | 'converged' | 'rolled-back' | 'failed'

/** One attempt to bring an environment to a release. Document `deployment`, id `APP.ENVIRONMENT.NUMBER`. */
export interface DeploymentRecord {
  readonly number: number
  readonly task: DeploymentTask
  readonly release: number
  /** Release to go back to; absent for the first. */
  readonly previous?: number
  /** `back`: it failed and the whole app is on its way to `previous`. */
  readonly direction: 'forward' | 'back'
  /** True from before the first action on: the engine may hold a part of this release, or of an abandoned one before it. */
  readonly hasChanged: boolean
  readonly acceptsWarnings: boolean
  readonly state: DeploymentState
  /** Where counting what visitors get was begun; as long as it runs. */
  readonly visitorsBegun?: unknown
  readonly receipt: Receipt
}

/** What a deployment is to do; whoever takes it over does the same. */
export type DeploymentTask =
  | { readonly kind: 'release' }
  /** Consumers stop, the volume is copied, they start on the other node. */
  | {
      readonly kind: 'move-volume'
      /** Engine names: the volume and those that its services also mount, for they all live on one node. */
      readonly volumes: readonly string[]
      readonly toNodeId: string
      readonly toNode: string
    }
  /** Back to the release that is current: what was changed behind us, and nothing else. */
  | {
      readonly kind: 'repair'
      /** Compose names of those that are not as the release says. */
      readonly services: readonly string[]
      /** Nobody said which services: what is ours and no part of the release goes too. */
      readonly isWhole: boolean
      /** The policy of the environment asked for it, and no person. */
      readonly isAutomatic: boolean
      /** What was found, without values: `web: environment.LEVEL, image`. */
      readonly found: readonly string[]
      /** They leave nodes that are drained: several tasks at once. */
      readonly isMove?: true
    }
  /** Tasks of services that are spread unevenly move to other nodes, one after the other. */
  | {
      readonly kind: 'rebalance'
      /** Compose names. */
      readonly services: readonly string[]
      /** The setting of the cluster asked for it, and no person. */
      readonly isAutomatic: boolean
      /** `web: 3 on node-1, 0 on node-3`. */
      readonly found: readonly string[]
    }
  /** Everything of the environment goes; its volumes only when told. */
  | { readonly kind: 'remove'; readonly volumes: boolean }

/** What was measured during a deployment; kept with it. Times are milliseconds since 1970. */
export interface Receipt {
  readonly app: string
  readonly environment: string
  readonly deployment: number
  readonly release: number
  readonly previous?: number
  readonly state: DeploymentState
  readonly author: string
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly phases: readonly Phase[]
  readonly tasks: readonly TaskRecord[]
  readonly warnings: readonly Warning[]
  /** Why it was rolled back or failed, one per service. */
  readonly causes: readonly Cause[]
  /** Owners that carried it on, when the first was lost. */
  readonly resumedBy: readonly { readonly owner: string; readonly atMs: number }[]
  /** Where the backup is that was made before it: a path, or a URL. */
  readonly backup?: string
  /** Absent where the environment had no routes, nothing was changed, or nobody counts. */
  readonly visitors?: Visitors
  /** Of the deployment that ended a canary. */
  readonly canary?: CanaryReceipt
}

export interface Phase {
  readonly name:
    | 'build'
    | 'resolve'
    | 'plan'
    | 'apply'
    | 'start'
    | 'monitor'
    | 'rollback'
    | 'move-volume'
    | 'rebalance'
    | 'remove'
  readonly startedAtMs: number
  readonly endedAtMs?: number
}

export interface TaskRecord {
  readonly service: string
  readonly taskId: string
  readonly slot?: number
  readonly nodeId?: string
  readonly node?: string
  readonly image: string
  /** State changes as they were seen, oldest first. */
  readonly states: readonly { readonly state: TaskState; readonly atMs: number }[]
}

/** In plain words, with the proof beside it. */
export interface Cause {
  readonly kind:
    | 'exit'
    | 'out-of-memory'
    | 'unhealthy'
    | 'pull'
    | 'no-node'
    | 'rejected'
    | 'disk-full'
    /** A network of it has no address left, or no subnet. */
    | 'addresses'
    | 'timeout'
    /** A task that is not started again went away with its node. */
    | 'lost'
    | 'engine'
    /** A blocking warning; nothing was changed. */
    | 'refused'
    /** A secret had to be created and nobody had its value any more. */
    | 'secret'
    /** Its owner was lost before it began, or a newer deployment took its place. */
    | 'abandoned'
  /** Empty when it concerns the whole app. */
  readonly service: string
  readonly taskId?: string
  readonly node?: string
  /** "web exited with status 3 on node-2, 4 times". */
  readonly message: string
  readonly hint?: string
  readonly exitCode?: number
  /** Output of the failing health checks. */
  readonly health: readonly string[]
  /** Last 20 lines. */
  readonly logs: readonly string[]
  /** Of `no-node`: which rule excluded each node. */
  readonly nodes: readonly { readonly node: string; readonly reason: string }[]
}

/** What a person or a program follows a deployment by; `--json` prints one per line. */
export type DeploymentEvent =
  | { readonly kind: 'phase'; readonly atMs: number; readonly phase: Phase['name'] }
  | { readonly kind: 'build'; readonly atMs: number; readonly service: string; readonly line: string }
  | {
      readonly kind: 'image'
      readonly atMs: number
      readonly service: string
      readonly reference: string
      readonly isResolved: boolean
    }
  | {
      readonly kind: 'plan'
      readonly atMs: number
      readonly deployment: number
      readonly release: number
      readonly actions: readonly Action[]
      /** What becomes of routes, against the release before. */
      readonly routes: readonly RouteDifference[]
      readonly warnings: readonly Warning[]
    }
  | { readonly kind: 'action'; readonly atMs: number; readonly action: Action; readonly state: 'started' | 'done' }
  | {
      readonly kind: 'task'
      readonly atMs: number
      readonly service: string
      readonly taskId: string
      readonly slot?: number
      readonly node?: string
      readonly state: TaskState
      readonly message: string
    }
  | {
      readonly kind: 'service'
      readonly atMs: number
      readonly service: string
      readonly wanted: number
      readonly running: number
      readonly isConverged: boolean
    }
  | { readonly kind: 'cause'; readonly atMs: number; readonly cause: Cause }
  | { readonly kind: 'rollback'; readonly atMs: number; readonly to?: number }
  | { readonly kind: 'wait'; readonly atMs: number; readonly message: string }
  | {
      readonly kind: 'end'
      readonly atMs: number
      readonly state: Exclude<DeploymentState, 'running'>
      readonly receipt: Receipt
    }

/** How a deployment ended; `receipt` says the rest. */
export interface Outcome {
  readonly kind: Exclude<DeploymentState, 'running'>
  readonly deployment: number
  readonly release: number
  readonly receipt: Receipt
}

/** Field by field, old and new, between two releases. */
export interface ReleaseDifference {
  readonly service: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly changes: readonly FieldChange[]
}
