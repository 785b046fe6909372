import type { EnvironmentStatus, ListedEnvironment, NamedLogLine, Outcome, Preview } from '@atoll/deploy'
import type { TimelineEntry, WhatIfAnswer, WhatIfRequest } from '@atoll/deploy'
import type { RebalanceAnswer, RebalanceQuestion, RebalanceRequest } from '@atoll/deploy'
import type { AddRouteRequest, NamedRoute, RemoveRouteRequest } from '@atoll/deploy'
import type { Receipt, Release, ReleaseDifference, RunOptions } from '@atoll/deploy'
import type { Diagnosis, EnvironmentRef, ExecRequest, LogQuery } from '@atoll/engine'
import type { ObservedVolume } from '@atoll/plan'
import type { App, SecretValues } from '@atoll/spec'
import type { ClusterNodes } from './nodes.ts'
import type { ClusterBackups } from './backups.ts'
import type { ClusterStorage } from './storage.ts'
import type { ProjectUpload } from '../project/record-sources.ts'
import type { ClusterReach } from './task-reach.ts'

/**
 * Everything the commands ask of a cluster. `direct/` answers with the engine itself, `platform/` with a control. Errors
 * have `code` and, where there is one, `hint`; every wait ends with its signal.
 */
export interface Cluster extends ClusterNodes, ClusterStorage, ClusterReach, ClusterBackups {
  /** Environments that run or are known, without looking at each. */
  listNames(signal: AbortSignal): Promise<readonly EnvironmentRef[]>
  list(signal: AbortSignal): Promise<readonly SeenEnvironment[]>
  status(ref: EnvironmentRef, signal: AbortSignal): Promise<SeenStatus>
  /** The status now, and again whenever something may have changed. */
  watchStatus(ref: EnvironmentRef, signal: AbortSignal): AsyncIterable<SeenStatus>
  /** What happened, oldest first. */
  why(ref: EnvironmentRef, signal: AbortSignal): Promise<readonly TimelineEntry[]>
  /** What would be lost with nodes; those named together, or each in turn. */
  whatIf(request: WhatIfRequest, signal: AbortSignal): Promise<WhatIfAnswer>
  /** Which tasks would move to be spread evenly again. */
  foreseeRebalancing(question: RebalanceQuestion, signal: AbortSignal): Promise<RebalanceAnswer>
  /** Newest first. */
  releases(ref: EnvironmentRef, signal: AbortSignal): Promise<readonly ListedRelease[]>
  /** Of a deployment; the last when not said which; undefined when there is none. */
  findReceipt(ref: EnvironmentRef, number: number | undefined, signal: AbortSignal): Promise<Receipt | undefined>
  diff(request: DiffRequest, signal: AbortSignal): Promise<readonly ReleaseDifference[]>
  preview(project: OpenedProject, signal: AbortSignal): Promise<Preview>
  /** What a removal would take away. */
  contents(ref: EnvironmentRef, signal: AbortSignal): Promise<Contents>
  volumes(ref: EnvironmentRef, signal: AbortSignal): Promise<readonly LocatedVolume[]>
  logs(query: LogQuery, signal: AbortSignal): AsyncIterable<NamedLogLine>
  /** Resolves with the exit status of the command. */
  exec(request: ServiceExec, signal: AbortSignal): Promise<number>
  /** Of the current releases of all environments. */
  listRoutes(signal: AbortSignal): Promise<readonly NamedRoute[]>
  diagnose(signal: AbortSignal): Promise<Diagnosis>

  /** Each of these is a deployment: it throws LeftError when its signal ended the call and the deployment goes on. */
  deploy(request: DeployProject, options: RunOptions): Promise<Outcome>
  /** The release that is measured, for everybody; `not-found` when there is none. */
  promoteCanary(request: { readonly ref: EnvironmentRef }, options: RunOptions): Promise<Outcome>
  /** The release before, for everybody; `not-found` likewise. */
  abortCanary(request: { readonly ref: EnvironmentRef }, options: RunOptions): Promise<Outcome>
  rollback(request: RollbackRequest, options: RunOptions): Promise<Outcome>
  scale(request: ScaleRequest, options: RunOptions): Promise<Outcome>
  /** InvalidInputError when no file could have it; an error with code `nothing-to-do` when it is there just so. */
  addRoute(request: AddRouteRequest, options: RunOptions): Promise<Outcome>
  removeRoute(request: RemoveRouteRequest, options: RunOptions): Promise<Outcome>
  restart(request: RestartRequest, options: RunOptions): Promise<Outcome>
  /** Back to the current release; an error with code `nothing-to-do` when all is as it says. */
  repair(request: RestartRequest, options: RunOptions): Promise<Outcome>
  /** Tasks that are spread unevenly, one at a time; `nothing-to-do` likewise. */
  rebalance(request: RebalanceRequest, options: RunOptions): Promise<Outcome>
  /** What was changed behind the current release as a new one; `nothing-to-do` likewise. */
  adopt(request: { readonly ref: EnvironmentRef }, options: RunOptions): Promise<Outcome>
  remove(request: RemoveRequest, options: RunOptions): Promise<Outcome>
  moveVolume(request: MoveRequest, options: RunOptions): Promise<Outcome>
  /** Follows one that runs; finishes one that nobody carries any more. */
  resume(request: ResumeDeployment, options: RunOptions): Promise<Outcome>
}

/** A control leaves the app out: definitions can hold what not everybody may read. */
export type ListedRelease = Omit<Release, 'app' | 'next'> & { readonly isCurrent: boolean }

/** The token of a running deployment proves whose it is, so a control keeps it. */
type WithoutToken<Seen extends { readonly running?: Running }> = Omit<Seen, 'running'> & {
  readonly running?: Omit<Running, 'token'>
}
type Running = NonNullable<EnvironmentStatus['running']>
export type SeenStatus = WithoutToken<EnvironmentStatus>
export type SeenEnvironment = WithoutToken<ListedEnvironment>

export interface DiffRequest {
  readonly ref: EnvironmentRef
  readonly from: number
  readonly to: number
}

/** The app as the compose files of this machine say it. */
export interface OpenedProject {
  readonly app: App
  readonly secrets: SecretValues
  /** What was read to make it, for who loads it once more. */
  readonly upload: () => ProjectUpload
}

export interface DeployProject extends OpenedProject {
  readonly acceptsWarnings: boolean
  readonly git?: NonNullable<Release['git']>
  /** Where built images go; the cluster's own choice unless said. */
  readonly registry?: string
  /** The team it joins, whatever the compose file says. */
  readonly team?: string
  /** A part of the requests goes to a few new tasks first. */
  readonly canary?: CanaryRequest
}

/** `share` of the requests, 0.1 is a tenth; how long it is measured. */
export interface CanaryRequest {
  readonly share: number
  readonly forMs: number
}

export interface Contents {
  readonly services: readonly string[]
  readonly networks: readonly string[]
  readonly configs: readonly string[]
  readonly secrets: readonly string[]
  readonly volumes: readonly Pick<ObservedVolume, 'engineName' | 'nodeName'>[]
}

export interface LocatedVolume {
  readonly volume: ObservedVolume
  /** Whether its node is ready. */
  readonly isReachable: boolean
}

/** `node`: name of the node the line is from, where it is known. */

/** `task` is a service, or `SERVICE.SLOT`; a service is entered at its newest running task. */
export interface ServiceExec extends Omit<ExecRequest, 'taskId'> {
  readonly ref: EnvironmentRef
  readonly task: string
}

export interface RollbackRequest {
  readonly ref: EnvironmentRef
  /** The one that converged before the current one unless said. */
  readonly release?: number
}

export interface ScaleRequest {
  readonly ref: EnvironmentRef
  readonly replicas: Readonly<Record<string, number>>
}

export interface RestartRequest {
  readonly ref: EnvironmentRef
  /** All when empty. */
  readonly services: readonly string[]
}

export interface RemoveRequest {
  readonly ref: EnvironmentRef
  /** Whether volumes go with all that is in them. */
  readonly volumes: boolean
}

export interface MoveRequest {
  readonly ref: EnvironmentRef
  readonly volume: string
  /** Name of the node. */
  readonly to: string
}

export interface ResumeDeployment {
  readonly ref: EnvironmentRef
  /** Of a deployment that a command line has handed over. */
  readonly token?: string
  readonly secrets?: SecretValues
}
