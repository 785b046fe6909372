import type { EnvironmentRef } from '@atoll/engine'
import type { Unpacked } from '@atoll/engine/files'
import type { Cluster } from '../cluster/cluster.ts'
import type { FoundTask } from '../cluster/task-reach.ts'

/** What a copy works with, whichever way it goes. */
export interface Copy {
  readonly cluster: Pick<Cluster, 'statFile' | 'readFiles' | 'writeFiles'>
  readonly ref: EnvironmentRef
  readonly task: FoundTask
  /** Of the tar, as they come. */
  readonly onBytes: (count: number) => void
  /** A device, or a socket: it stays where it is. */
  readonly onSkip: (name: string) => void
}

export interface Copied {
  /** Where it is now. */
  readonly name: string
  /** Unknown of a tar that was handed on as it came. */
  readonly contents?: Unpacked
}
