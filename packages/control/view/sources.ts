import type { Clock } from '@atoll/deploy'
import type { Engine } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import type { DocumentsCopy } from './copy.ts'
import type { Pulse } from './pulse.ts'
import type { Sightings } from './sightings.ts'

/** Where what is told comes from: the engine and the documents in it, and what is known of both. */
export interface Sources {
  readonly engine: Engine
  readonly documents: Documents
  readonly clock: Clock
  readonly copy: DocumentsCopy
  readonly sightings: Sightings
  readonly pulse: Pulse
  /** What is thrown when no leader answered for the time of an election. */
  readonly giveUp: (signal: AbortSignal) => Promise<Error>
}
