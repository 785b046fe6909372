import type { EnvironmentRef } from '@atoll/engine'
import type { Cluster } from '../cluster/cluster.ts'
import type { FoundTask } from '../cluster/task-reach.ts'

/** What a copy works with, whichever way it goes. */
export interface Copy {
  readonly cluster: Pick<Cluster, 'statFile' | 'readFiles' | 'writeFiles'>
  readonly ref: EnvironmentRef
  readonly task: FoundTask
  readonly onBytes: (count: number) => void
  /** A device, or a socket: it stays where it is. */
  readonly onSkip: (name: string) => void
}

export interface Copied {
  /** Where it is now. */
  readonly name: string
  /** Files, folders and links, where they were counted. */
  readonly entries?: number
}
