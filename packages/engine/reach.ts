import type { EnvironmentRef, TakeOutput } from './engine.ts'

/** What reaches into tasks of any node, beside `exec`. Every method throws EngineError. */
export interface TaskReach {
  /** What the running tasks of an environment use; a node that does not answer is said with each of its tasks. */
  stats(ref: EnvironmentRef, signal: AbortSignal): Promise<readonly TaskUsage[]>
  /** Undefined when nothing is at the path. */
  statFile(place: FilePlace, signal: AbortSignal): Promise<FileStat | undefined>
  /** A file or folder as a tar whose entries begin with the last part of its path; `not-found` when there is none. */
  readFiles(request: ReadFiles, signal: AbortSignal): Promise<void>
  /** Unpacks a tar into the folder at the path; `not-found` when there is none. */
  writeFiles(request: WriteFiles, signal: AbortSignal): Promise<void>
  /** Carries connections to ports of a task until the input ends; `conflict` when the task has ended. */
  forward(request: Forward, signal: AbortSignal): Promise<void>
}

/** The same, asked of the engine of the task's own node. */
export interface NodeReach extends Omit<TaskReach, 'stats'> {
  /** Of those of the tasks that have a running container here. */
  sample(taskIds: readonly string[], signal: AbortSignal): Promise<readonly TaskSample[]>
}

export interface TaskUsage {
  readonly service: string
  readonly taskId: string
  readonly slot?: number
  readonly nodeId: string
  /** Name of the node. */
  readonly node: string
  /** Tasks of the same place that have ended, as far as the engine still knows them. */
  readonly restarts: number
  /** Absent while the container starts, or when the node could not be asked: `trouble` says why then. */
  readonly sample?: TaskSample
  readonly trouble?: string
}

/** Counters of one container at one moment: what it uses in a second are two of them. */
export interface TaskSample {
  readonly taskId: string
  /** By the clock of the node, with a fraction. */
  readonly atMs: number
  /** Of all processors together, since the container began. */
  readonly cpuNs: number
  /** Without what the kernel only keeps because there was room. */
  readonly memoryBytes: number
  /** That of the node where the task has none. */
  readonly memoryLimitBytes: number
  readonly networkInBytes: number
  readonly networkOutBytes: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly processes: number
}

export interface FilePlace {
  readonly taskId: string
  /** Absolute, inside of the container. */
  readonly path: string
}

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly sizeBytes: number
  /** Of a link, as an absolute path. */
  readonly target?: string
}

export interface ReadFiles extends FilePlace {
  readonly take: TakeOutput
}

export interface WriteFiles extends FilePlace {
  readonly tar: AsyncIterable<Uint8Array>
}

/** What goes both ways is of `relay/channels.ts`, as `openForwarding` speaks it. */
export interface Forward {
  readonly taskId: string
  /** The only ones that can be reached. */
  readonly ports: readonly number[]
  readonly input: AsyncIterable<Uint8Array>
  readonly output: TakeOutput
}
