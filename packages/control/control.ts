import type { Clock, Context, SiteBringer, VisitorCounter } from '@atoll/deploy'
import type { Engine, RoutingApi } from '@atoll/engine'
import type { RemoteEngine } from '@atoll/engine/remote'
import type { KeyValues } from '@atoll/backup'
import type { Archive, Documents } from '@atoll/store'
import { randomUUID } from 'node:crypto'
import type { Attempts } from './audit/attempts.ts'
import type { RateLimiter } from './auth/rate-limit.ts'
import type { CertifyAgent } from './certify-agent.ts'
import type { Joins } from './joins/joins.ts'
import type { Operations } from './operations/operations.ts'
import type { RecentDocuments } from './recent-documents.ts'
import type { RecentNodes } from './recent-nodes.ts'
import type { View } from './view/view.ts'

/** Values that only controls can read, bound to the place they are kept at. */
export interface Seals {
  /** How many there are: the first seals, all open. */
  readonly keys: number
  readonly seal: (plain: Uint8Array, place: string) => unknown
  readonly open: (sealed: unknown, place: string) => Uint8Array
  /** The same value under the key that seals now; one that is under it already is given back equal. */
  readonly reseal: (sealed: unknown, place: string) => unknown
}

/** What every part of a control is given of the world. */
export interface World {
  readonly engine: Engine
  readonly recentNodes: RecentNodes
  /** Absent where the engine has no agents before it. */
  readonly visitors?: VisitorCounter
  readonly sites?: SiteBringer
  readonly documents: Documents
  readonly recentDocuments: RecentDocuments
  readonly clock: Clock
  /** Where this control runs. */
  readonly node: { readonly id: string; readonly name: string }
  readonly seals: Seals
  /** What only a backup needs. */
  readonly vault: { readonly archive: Archive; readonly keys: KeyValues }
  /** What the agent would refuse of these actions; absent where the engine has no policy before it. */
  readonly judge?: RemoteEngine['judge']
  /** Where images of `build` go; without one nothing is built. */
  readonly registry?: string
  /** Nodes serve routes at 80 and 443; without it none is taken. */
  readonly hasIngress: boolean
  readonly log: (entry: LogEntry) => void
  readonly version: string
  /** Of a request: the number of the audit's entry that says what it is about to do. */
  readonly intent?: number
}

export interface LogEntry {
  readonly event: string
  readonly [key: string]: unknown
}

/** What handlers are given. */
export interface Control extends World {
  readonly limiter: RateLimiter
  readonly operations: Operations
  /** Servers that were invited and came. */
  readonly joins: Joins
  /** What was refused, on its way into the audit. */
  readonly attempts: Attempts
  /** Where tasks answer, and how ingresses are; absent where the engine has no agents before it. */
  readonly routing?: RoutingApi
  /** Absent where there is no secret of agents. */
  readonly certifyAgent?: CertifyAgent
  /** What is known while the engine does not answer. */
  readonly view: View
}

/** The context of a call to the deploy room; `who` is a person, or `atoll` for what happens by itself. */
export const contextFor = ({ engine, documents, clock, node, visitors, sites }: World, who: string): Context => ({
  engine,
  documents,
  clock,
  ...(visitors && { visitors }),
  ...(sites && { sites }),
  owner: `${who}@${node.name}`,
  newToken: randomUUID,
})
