import type { NodeDisk, NodeUsage, PruneReport } from '@atoll/engine'

/** What nodes keep on their disks, as commands ask for it. */
export interface ClusterStorage {
  listNodeNames(signal: AbortSignal): Promise<readonly string[]>
  /** Of each node, or of the one that is named; UsageError when there is none of that name. */
  nodeUsages(request: UsagesRequest, signal: AbortSignal): Promise<readonly SeenUsage[]>
  prune(request: PruneNodes, signal: AbortSignal): Promise<readonly NodePrune[]>
}

export interface NodesRequest {
  /** All when not said. */
  readonly node?: string
}

export interface UsagesRequest extends NodesRequest {
  /** Called as answers come, with those that are there and the names of the nodes still waited for. */
  readonly onAnswer?: (seen: readonly SeenUsage[], waiting: readonly string[]) => void
}

export interface PruneNodes extends NodesRequest {
  readonly isDryRun: boolean
}

export interface SeenUsage {
  readonly node: string
  readonly disk?: NodeDisk
  readonly usage?: NodeUsage
  /** Why the rest is not known. */
  readonly trouble?: string
}

export interface NodePrune {
  readonly node: string
  readonly report?: PruneReport
  readonly trouble?: string
}
