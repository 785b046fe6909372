import type { NodeDisk, NodeUsage, PruneReport } from '@atoll/engine'

/** What nodes keep on their disks, as commands ask for it. */
export interface ClusterStorage {
  listNodeNames(signal: AbortSignal): Promise<readonly string[]>
  /** Of each node, or of the one that is named; UsageError when there is none of that name. */
  nodeUsages(request: NodesRequest, signal: AbortSignal): Promise<readonly SeenUsage[]>
  prune(request: PruneNodes, signal: AbortSignal): Promise<readonly NodePrune[]>
}

export interface NodesRequest {
  /** All when not said. */
  readonly node?: string
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
