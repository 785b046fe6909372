import type { DrillRecord } from '@atoll/deploy'
import type { DrainBegun, DrainRequest, NodeRemoved, NodeResumed, RemoveNodeRequest } from '@atoll/deploy'
import type { LabelOutcome, LabelRequest, RoleOutcome, RoleRequest } from '@atoll/deploy'
import type { WitnessOutcome, WitnessRequest } from '@atoll/deploy'
import type { Admission } from '@atoll/engine'
import type { DrainProgress, HeldNode, NodeDetail } from '@atoll/plan'
import type { ClusterVips } from './vips.ts'

/** The life of nodes, as commands ask for it. A node is named by its name or id. */
export interface ClusterNodes extends ClusterVips {
  /** By name. */
  nodes(signal: AbortSignal): Promise<readonly HeldNode[]>
  node(node: string, signal: AbortSignal): Promise<NodeDetail>
  labelNode(request: LabelRequest, signal: AbortSignal): Promise<LabelOutcome>
  /** Waits until the managers show it: seconds, or some minutes where they elect. */
  changeNodeRole(request: RoleRequest, signal: AbortSignal): Promise<RoleOutcome>
  /** Whether it takes tasks from then on, or only votes. */
  setWitness(request: WitnessRequest, signal: AbortSignal): Promise<WitnessOutcome>
  /** Says that it is to be emptied; the rest is told by `followDrain`. */
  beginDrain(request: DrainRequest, signal: AbortSignal): Promise<DrainBegun>
  /** How far it is, again and again; ends when nobody wants it drained any more. */
  followDrain(node: string, signal: AbortSignal): AsyncIterable<DrainProgress>
  /** Whether a drain goes on when nobody follows it. */
  readonly drainsByItself: boolean
  /** Failures that were made for real, newest first. */
  drills(signal: AbortSignal): Promise<readonly DrillRecord[]>
  resumeNode(node: string, signal: AbortSignal): Promise<NodeResumed>
  /** What a server needs to join as a worker. */
  admission(signal: AbortSignal): Promise<Admission>
  removeNode(request: RemoveNodeRequest, signal: AbortSignal): Promise<NodeRemoved>
}
