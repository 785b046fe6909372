import { EngineError } from '@atoll/engine'
import type { Engine, EnvironmentCount } from '@atoll/engine'
import type { Observed, Occupancy } from '@atoll/plan'
import type { Documents } from '@atoll/store'
import { attempt } from './attempt.ts'
import { findKnownCounts } from './known-counts.ts'
import { findKnownOccupancy } from './known-occupancy.ts'
import { limits } from './limits.ts'
import { askPatiently } from './patience.ts'
import type { Sighting } from './sightings.ts'
import type { Sources } from './sources.ts'

/** The world as one request sees it that changes nothing. */
export interface Look {
  readonly engine: Engine
  readonly documents: Documents
  /** Of the oldest part that came from the copy; undefined when all is of this moment. */
  readonly ageMs: () => number | undefined
}

/** The engine first, for a short time; then what is known. What is not known is waited for as long as an election takes. */
export const createLook = (sources: Sources, limitMs: number = limits.liveMs): Look => {
  let oldestMs: number | undefined
  const read: Read = async (asked, signal) => {
    const found = await readLiveOrKnown(sources, { limitMs, ...asked }, signal)
    if (found.ageMs !== undefined) oldestMs = Math.max(oldestMs ?? 0, found.ageMs)
    return found.value
  }
  return { engine: lookAtEngine(sources, read), documents: lookAtDocuments(sources, read), ageMs: () => oldestMs }
}

interface Known<T> {
  readonly value: T
  readonly ageMs: number
}

type Question<T> = (signal: AbortSignal) => Promise<T>
type Read = <T>(asked: Omit<Asked<T>, 'limitMs'> & Partial<Asked<T>>, signal: AbortSignal) => Promise<T>

interface Asked<T> {
  /** Looked up when it is needed: the newest there is then. */
  readonly known: () => Known<T> | undefined
  readonly live: Question<T>
  readonly limitMs: number
}

const readLiveOrKnown = async <T>(
  sources: Sources,
  { known, live, limitMs }: Asked<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T; readonly ageMs?: number }> => {
  const { clock, pulse } = sources
  const wait = async (): Promise<{ readonly value: T }> => ({ value: await askPatiently(sources, live, signal) })
  if (known() === undefined) return wait()
  if (!pulse.isAway()) {
    const answer = await attempt({ clock, limitMs }, live, signal)
    if (answer.kind === 'answered') return { value: answer.value }
    pulse.noteSilence()
  }
  return known() ?? wait()
}

const lookAtDocuments = ({ documents, copy }: Sources, read: Read): Documents => {
  const fromCopy = <T>(collection: string, look: () => T): Known<T> | undefined => {
    const ageMs = copy.ageMs(collection)
    return ageMs === Infinity ? undefined : { value: look(), ageMs }
  }
  return {
    ...documents,
    find: <T>(collection: string, id: string, signal: AbortSignal) =>
      read(
        {
          known: () => fromCopy(collection, () => copy.find<T>(collection, id)),
          live: (until) => documents.find<T>(collection, id, until),
        },
        signal,
      ),
    list: <T>(collection: string, query: { readonly prefix?: string }, signal: AbortSignal) =>
      read(
        {
          known: () => fromCopy(collection, () => copy.list<T>(collection, query)),
          live: (until) => documents.list<T>(collection, query, until),
        },
        signal,
      ),
  }
}

const lookAtEngine = ({ engine, clock, sightings, pulse }: Sources, read: Read): Engine => {
  const aged = <T>(sighting: Sighting<T> | undefined): Known<T> | undefined =>
    sighting && { value: sighting.value, ageMs: Math.max(0, clock.now() - sighting.atMs) }
  const seeing = seeWith({ engine, clock, sightings })
  return {
    ...engine,
    observe: async (ref, signal) => {
      const known = (): Known<Observed> | undefined => aged(sightings.find(ref))
      const observed = await read({ known, live: (until) => seeing.observe(ref, until) }, signal)
      sightings.look(ref, clock.now())
      return observed
    },
    listEnvironments: (signal) => read({ known: () => aged(sightings.list()), live: seeing.listEnvironments }, signal),
    countEnvironments: async (signal) => {
      const known = (): Known<readonly EnvironmentCount[]> | undefined => aged(findKnownCounts(sightings))
      const counts = await read({ known, live: seeing.countEnvironments, limitMs: limits.countMs }, signal)
      for (const { ref } of counts) sightings.look(ref, clock.now())
      return counts
    },
    occupancy: (signal) => {
      const known = (): Known<Occupancy> | undefined => aged(findKnownOccupancy(sightings))
      return read({ known, live: seeing.occupancy, limitMs: limits.countMs }, signal)
    },
    nodes: (signal) => read({ known: () => aged(sightings.nodes()), live: seeing.nodes }, signal),
    // Details of tasks are worth having, and not worth waiting for.
    inspectTask: async (taskId, signal) => {
      if (pulse.isAway()) throw new EngineError('unreachable', `inspect task ${taskId}: the engine does not answer`)
      return engine.inspectTask(taskId, signal)
    },
  }
}

type Remembered = 'observe' | 'listEnvironments' | 'countEnvironments' | 'occupancy' | 'nodes'

/** The questions that are remembered, each with the moment it was put. */
export const seeWith = ({
  engine,
  clock,
  sightings,
}: Pick<Sources, 'engine' | 'clock' | 'sightings'>): Pick<Engine, Remembered> => {
  const see = async <T>(question: Promise<T>, put: (sighting: Sighting<T>) => void): Promise<T> => {
    const atMs = clock.now()
    const value = await question
    put({ value, atMs })
    return value
  }
  return {
    observe: (ref, signal) => see(engine.observe(ref, signal), (seen) => sightings.putObserved(ref, seen)),
    listEnvironments: (signal) => see(engine.listEnvironments(signal), sightings.putList),
    countEnvironments: (signal) => see(engine.countEnvironments(signal), sightings.putCounts),
    occupancy: (signal) => see(engine.occupancy(signal), sightings.putOccupancy),
    nodes: (signal) => see(engine.nodes(signal), sightings.putNodes),
  }
}
