import type { Context } from '../context.ts'
import { environmentId } from '../ledger/ledger.ts'
import type { Reader } from '../ledger/ledger.ts'

/** What the leader's control writes down of what the engine forgets. In direct mode nobody writes it, and it may be read. */
export const watchCollections = {
  backups: 'backup-watch',
  canaries: 'canary-watch',
  names: 'name-watch',
  nodes: 'node-watch',
} as const

/** Names of an environment that lead nowhere, and what was done about it. Document `name-watch`, id `APP.ENVIRONMENT`. */
export interface NameRecord {
  readonly troubles: readonly NameTrouble[]
  /** Oldest first, the newest 20. */
  readonly repairs: readonly NameRepair[]
}

/** A service that runs, and is not found by its name on a node. */
export interface NameTrouble {
  readonly service: string
  readonly node: string
  /** Engine name. */
  readonly network: string
  /** Nothing is found; only what is none of its tasks; some of its tasks. */
  readonly kind: 'missing' | 'wrong' | 'incomplete'
  readonly sinceMs: number
  readonly message: string
  readonly hint: string
}

/** A restart by the platform itself. */
export interface NameRepair {
  readonly service: string
  readonly atMs: number
  readonly reason: string
}

/** What happened to nodes. Document `node-watch`, id `newest`. */
export interface NodeWatch {
  /** As they were last seen: the next control to lead tells from it what has changed meanwhile. */
  readonly nodes: readonly KnownNode[]
  /** Oldest first, the newest 200. */
  readonly events: readonly NodeEvent[]
}

export interface KnownNode {
  readonly id: string
  readonly name: string
  readonly isReady: boolean
  readonly availability: 'active' | 'pause' | 'drain'
  readonly isLeader: boolean
}

export interface NodeEvent {
  readonly atMs: number
  readonly nodeId: string
  readonly node: string
  readonly kind:
    | 'down'
    | 'back'
    | 'drained'
    | 'paused'
    | 'active'
    | 'joined'
    | 'removed'
    | 'leads'
    | 'promoted'
    | 'demoted'
  /** Why the platform did it by itself. */
  readonly note?: string
}

/** Nobody waits for these: an environment is worth telling of without them. */
const find = async <T>({ documents }: Context, collection: string, id: string, signal: AbortSignal) => {
  try {
    return (await documents.find<T>(collection, id, signal))?.value
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && error.name === 'StoreError') return undefined
    throw error
  }
}

export const findNames = ({ context, ref, signal }: Reader): Promise<NameRecord | undefined> =>
  find<NameRecord>(context, watchCollections.names, environmentId(ref), signal)

export const findNodeEvents = async ({ context, signal }: Reader): Promise<readonly NodeEvent[]> =>
  (await find<NodeWatch>(context, watchCollections.nodes, 'newest', signal))?.events ?? []
