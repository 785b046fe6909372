import type { LabelOutcome, LabelRequest, RoleOutcome, RoleRequest } from '@atoll/deploy'
import type { HeldNode, NodeDetail } from '@atoll/plan'

/** The life of nodes, as commands ask for it. A node is named by its name or id. */
export interface ClusterNodes {
  /** By name. */
  nodes(signal: AbortSignal): Promise<readonly HeldNode[]>
  node(node: string, signal: AbortSignal): Promise<NodeDetail>
  labelNode(request: LabelRequest, signal: AbortSignal): Promise<LabelOutcome>
  /** Waits until the managers show it: seconds, or some minutes where they elect. */
  changeNodeRole(request: RoleRequest, signal: AbortSignal): Promise<RoleOutcome>
}
