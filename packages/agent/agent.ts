import type { Engine } from '@atoll/engine'
import type { Self } from '@atoll/engine/remote'
import type { Documents } from '@atoll/store'
import type { ConfigsApi } from '@atoll/store/swarm'
import type { Journal } from './log.ts'

/** What verbs work with. */
export interface Agent {
  readonly engine: Engine
  /** Those of the platform only. */
  readonly configs: ConfigsApi
  readonly documents: Documents
  readonly self: (signal: AbortSignal) => Promise<Self>
  readonly journal: Journal
}
