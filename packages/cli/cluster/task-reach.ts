import type { EnvironmentRef, FilePlace, FileStat, Forward, ReadFiles, TaskUsage, WriteFiles } from '@atoll/engine'

/** What commands reach inside of tasks with; each request says of which environment the task is. */
export interface ClusterReach {
  stats(ref: EnvironmentRef, signal: AbortSignal): Promise<readonly TaskUsage[]>
  /** The newest running task of a service, or the one of `SERVICE.SLOT`. CommandError `not-found` when none runs. */
  findTask(request: WantedTask, signal: AbortSignal): Promise<FoundTask>
  statFile(request: OfEnvironment<FilePlace>, signal: AbortSignal): Promise<FileStat | undefined>
  readFiles(request: OfEnvironment<ReadFiles>, signal: AbortSignal): Promise<void>
  writeFiles(request: OfEnvironment<WriteFiles>, signal: AbortSignal): Promise<void>
  forward(request: OfEnvironment<Forward>, signal: AbortSignal): Promise<void>
}

export type OfEnvironment<Request> = Request & { readonly ref: EnvironmentRef }

export interface WantedTask {
  readonly ref: EnvironmentRef
  /** A service, or `SERVICE.SLOT`. */
  readonly task: string
  /** Begins the message when there is none: `copy from web`. */
  readonly doing: string
}

export interface FoundTask {
  readonly taskId: string
  /** `web.2`. */
  readonly name: string
}
