import type { Clock } from '@atoll/deploy'
import type { Engine } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import { attempt } from './attempt.ts'
import { createChanges } from './changes.ts'
import type { Changes } from './changes.ts'
import type { DocumentsCopy } from './copy.ts'
import { limits } from './limits.ts'
import { createLook, seeWith } from './look.ts'
import type { Look } from './look.ts'
import { describeOutage, isNoQuorum } from './outage.ts'
import type { Reach } from './outage.ts'
import { askPatiently, createPatientDocuments } from './patience.ts'
import { createPulse } from './pulse.ts'
import { createSightings } from './sightings.ts'
import type { Sources } from './sources.ts'

export interface ViewOptions {
  readonly engine: Engine
  readonly documents: Documents
  readonly clock: Clock
  readonly node: { readonly id: string }
  readonly copy: DocumentsCopy
  readonly reach: Reach
}

/** What a control knows of the cluster while the engine does not answer, and how old that is. */
export interface View extends AsyncDisposable {
  readonly sources: Sources
  readonly changes: Changes
  /** For one request that changes nothing. */
  look(): Look
  /** Never from the copy: for who is about to change something. ControlError `no-quorum` after the time of an election. */
  readonly patientDocuments: Documents
  /**
   * Resolves when a leader answers. ControlError `no-quorum` after the time of an election. All who ask at the same time share
   * one question, as strangers may ask too.
   */
  awaitLeader(): Promise<void>
  getHealth(signal: AbortSignal): Promise<{ readonly isLeader: boolean; readonly documentsAgeMs?: number }>
  /** An error that means that there is no leader says who is there and what to do; any other stays as it is. */
  explain(error: unknown): Promise<unknown>
}

export const openView = (options: ViewOptions): View => {
  const { engine, documents, clock, node, copy, reach } = options
  const closing = new AbortController()
  const sightings = createSightings()
  const seeing = seeWith({ engine, clock, sightings })
  const askLeader = async (signal: AbortSignal): Promise<void> => {
    await Promise.all([seeing.nodes(signal), documents.find('person', 'nobody', signal)])
  }
  const pulse = createPulse({ clock, ask: askLeader }, closing.signal)
  const explain = (cause: unknown, signal: AbortSignal): Promise<Error> =>
    describeOutage({ nodes: sightings.nodes()?.value, nodeId: node.id, reach, cause }, signal)
  const giveUp = (signal: AbortSignal): Promise<Error> => explain(undefined, signal)
  const sources: Sources = { engine, documents, clock, copy, sightings, pulse, giveUp }
  let awaited: Promise<void> | undefined
  return {
    sources,
    changes: createChanges({ engine, clock }, closing.signal),
    look: () => createLook(sources),
    patientDocuments: createPatientDocuments(sources, documents),
    awaitLeader: () => {
      awaited ??= askPatiently(sources, askLeader, closing.signal).finally(() => {
        awaited = undefined
      })
      return awaited
    },
    getHealth: (signal) => getHealth(sources, node.id, signal),
    explain: async (error) => (isNoQuorum(error) ? explain(error, closing.signal) : error),
    [Symbol.asyncDispose]: async () => closing.abort(new Error('this control is stopping')),
  }
}

/** While the nodes cannot be asked nobody leads. */
const getHealth = async (
  { engine, clock, copy, sightings, pulse }: Sources,
  nodeId: string,
  signal: AbortSignal,
): Promise<{ readonly isLeader: boolean; readonly documentsAgeMs?: number }> => {
  const ageMs = copy.worstAgeMs()
  const known = sightings.nodes()
  const isFresh = known !== undefined && clock.now() - known.atMs < limits.leaderMs
  if (!isFresh && !pulse.isAway()) {
    const asked = seeWith({ engine, clock, sightings }).nodes
    await attempt({ clock, limitMs: limits.healthMs }, asked, signal).catch(() => signal.throwIfAborted())
  }
  const seen = sightings.nodes()
  const isTold = seen !== undefined && clock.now() - seen.atMs < limits.leaderMs && !pulse.isAway()
  const isLeader = isTold && seen.value.some((node) => node.id === nodeId && node.isLeader)
  return { isLeader, ...(ageMs === Infinity ? {} : { documentsAgeMs: Math.round(ageMs) }) }
}
