import type { EnvironmentRef } from '@atoll/engine'
import { attempt } from './attempt.ts'
import { limits } from './limits.ts'
import { seeWith } from './look.ts'
import type { Sightings } from './sightings.ts'
import type { Sources } from './sources.ts'

/**
 * Looks at what somebody may want to see when the engine is away, one question at a time, with pauses that grow with what a
 * question costs. Resolves with the signal.
 */
export const keepWarm = async (sources: Sources, signal: AbortSignal): Promise<void> => {
  const { clock, pulse } = sources
  const course: Course = { refused: new Map(), hasAskedOfAll: false }
  while (!signal.aborted) {
    const startedAtMs = clock.now()
    if (!pulse.isAway()) await refreshOne(sources, course, signal)
    const pauseMs = Math.max(limits.warm.pauseMs, (clock.now() - startedAtMs) * limits.warm.pauseTimes)
    await clock.wait(pauseMs, signal).catch(() => undefined)
  }
}

interface Course {
  /** When an environment was refused for good; it must not hold up the rest. */
  readonly refused: Map<string, number>
  /** The last question was of all together: where the engine is so slow that these are due all the time, others take turns. */
  hasAskedOfAll: boolean
}

const refreshOne = async (sources: Sources, course: Course, signal: AbortSignal): Promise<void> => {
  const { clock, pulse } = sources
  const nowMs = clock.now()
  const due = chooseDue(sources, course, nowMs)
  course.hasAskedOfAll = due !== undefined && due.kind !== 'environment'
  if (due === undefined) return
  try {
    const { kind } = await attempt({ clock, limitMs: limits.warm.limitMs }, (until) => ask(sources, due, until), signal)
    if (kind === 'away') pulse.noteSilence()
  } catch {
    // Whoever asks for it is told why.
    if (due.kind === 'environment') leaveOut(course, due.ref, nowMs)
  }
}

const ask = (sources: Sources, due: Due, signal: AbortSignal): Promise<unknown> => {
  const seeing = seeWith(sources)
  switch (due.kind) {
    case 'counts':
      return seeing.countEnvironments(signal)
    case 'occupancy':
      return seeing.occupancy(signal)
    case 'environment':
      return seeing.observe(due.ref, signal)
  }
}

const leaveOut = ({ refused }: Course, ref: EnvironmentRef, nowMs: number): void => {
  if (refused.size >= limits.environments) refused.clear()
  refused.set(nameOf(ref), nowMs)
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

/** Counts are a list of the environments, too, and the nodes come with what they hold. */
type Due =
  | { readonly kind: 'counts' }
  | { readonly kind: 'occupancy' }
  | { readonly kind: 'environment'; readonly ref: EnvironmentRef }

/** What was never seen, else what is overdue for longest; undefined when nothing is. */
const chooseDue = (sources: Sources, { refused, hasAskedOfAll }: Course, nowMs: number): Due | undefined => {
  const { sightings } = sources
  const ofAll = findOverdueOfAll(sightings, nowMs)
  if (ofAll !== undefined && !hasAskedOfAll) return ofAll
  const mayAsk = (ref: EnvironmentRef): boolean =>
    nowMs - (refused.get(nameOf(ref)) ?? -Infinity) >= limits.warm.othersEveryMs
  const ref = findUnseen(sources, mayAsk) ?? findOverdue(sightings, mayAsk, nowMs)
  return ref === undefined ? ofAll : { kind: 'environment', ref }
}

const findOverdueOfAll = (sightings: Sightings, nowMs: number): Due | undefined => {
  const ages = [
    { kind: 'counts', ageMs: nowMs - (sightings.counts()?.atMs ?? -Infinity) },
    { kind: 'occupancy', ageMs: nowMs - (sightings.occupancy()?.atMs ?? -Infinity) },
  ] as const
  return ages.filter(({ ageMs }) => ageMs >= limits.warm.allEveryMs).toSorted((a, b) => b.ageMs - a.ageMs)[0]
}

type MayAsk = (ref: EnvironmentRef) => boolean

/** Documents tell at once of an environment that another control has begun to deploy; the list only by and by. */
const findUnseen = ({ sightings, copy }: Sources, mayAsk: MayAsk): EnvironmentRef | undefined => {
  if (sightings.environments().length >= limits.environments) return undefined
  const known = copy.list('environment', {}).map(({ id }) => toRef(id))
  const listed = sightings.list()?.value ?? []
  return [...known, ...listed].find((ref) => sightings.find(ref) === undefined && mayAsk(ref))
}

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}

const findOverdue = (sightings: Sightings, mayAsk: MayAsk, nowMs: number): EnvironmentRef | undefined => {
  const overdue = sightings
    .environments()
    .map(({ ref, seen, lookedAtMs }) => ({ ref, lateMs: nowMs - seen.atMs - everyMs(nowMs - lookedAtMs) }))
    .filter(({ ref, lateMs }) => lateMs >= 0 && mayAsk(ref))
  return overdue.toSorted((a, b) => b.lateMs - a.lateMs)[0]?.ref
}

const everyMs = (idleMs: number): number =>
  idleMs < limits.lookedMs ? limits.warm.lookedEveryMs : limits.warm.othersEveryMs
