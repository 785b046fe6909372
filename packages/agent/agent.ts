import type { Engine, LocalNames, NodeEngine, TaskPlaces } from '@atoll/engine'
import type { AgentPlace, Self } from '@atoll/engine/remote'
import type { Documents } from '@atoll/store'
import type { ConfigsApi } from '@atoll/store/swarm'
import type { IngressKeeper } from './ingress/keep-ingress.ts'
import type { DiskWatch } from './disk/watch-disk.ts'
import type { Journal } from './log.ts'
import type { PeerDoor } from './peers/admit-peer.ts'
import type { Peers } from './peers/peers.ts'
import type { Turns } from './turns.ts'

/** What verbs work with. */
export interface Agent {
  readonly engine: Engine
  /** The engine of this node alone. */
  readonly node: NodeEngine
  readonly directory: AgentDirectory
  /** The agents of other nodes; an agent that was started without their secret knows none. */
  readonly peers?: Peers
  /** Those of the platform only. */
  readonly configs: ConfigsApi
  readonly documents: Documents
  readonly self: (signal: AbortSignal) => Promise<Self>
  /** Of this node. */
  readonly nodeId: (signal: AbortSignal) => Promise<string>
  readonly journal: Journal
  readonly builds: Turns
  /** Of an agent as other agents see it. */
  readonly door?: PeerDoor
  /** Of the disk of this node; absent where it cannot be seen. */
  readonly watch?: DiskWatch
  /** Absent where the node has no ingress. */
  readonly ingress?: IngressKeeper
  /** Of its second ingress, which has the stream ports. */
  readonly streams?: IngressKeeper
}

/** Where tasks and agents are; only a manager knows. */
export interface AgentDirectory {
  findNode(taskId: string, signal: AbortSignal): Promise<string | undefined>
  listAgents(signal: AbortSignal): Promise<readonly AgentPlace[]>
  readonly tasks: TaskPlaces
  readonly names: LocalNames
}
