import type { EnvironmentRef } from '@atoll/engine'
import { attempt } from './attempt.ts'
import { limits } from './limits.ts'
import { seeWith } from './look.ts'
import type { Sources } from './look.ts'
import type { Sightings } from './sightings.ts'

/**
 * Looks at what somebody may want to see when the engine is away, one question at a time, with pauses that grow with what a
 * question costs. Resolves with the signal.
 */
export const keepWarm = async (sources: Sources, signal: AbortSignal): Promise<void> => {
  const { clock, pulse } = sources
  const refused = new Map<string, number>()
  while (!signal.aborted) {
    const startedAtMs = clock.now()
    if (!pulse.isAway()) await refreshOne(sources, refused, signal)
    const pauseMs = Math.max(limits.warm.pauseMs, (clock.now() - startedAtMs) * limits.warm.pauseTimes)
    await clock.wait(pauseMs, signal).catch(() => undefined)
  }
}

/** `refused`: when an environment was refused for good; it must not hold up the rest. */
const refreshOne = async (sources: Sources, refused: Map<string, number>, signal: AbortSignal): Promise<void> => {
  const { clock, sightings, pulse } = sources
  const nowMs = clock.now()
  for (const [name, atMs] of refused) if (nowMs - atMs >= limits.warm.othersEveryMs) refused.delete(name)
  const due = chooseDue(sightings, { nowMs, isLeftOut: (ref) => refused.has(nameOf(ref)) })
  if (due === undefined) return
  const seeing = seeWith(sources)
  const ask = (until: AbortSignal): Promise<unknown> =>
    due.kind === 'list' ? seeing.listEnvironments(until) : seeing.observe(due.ref, until)
  try {
    const { kind } = await attempt({ clock, limitMs: limits.warm.limitMs }, ask, signal)
    if (kind === 'away') pulse.noteSilence()
  } catch {
    // Whoever asks for it is told why.
    if (due.kind === 'environment') refused.set(nameOf(due.ref), nowMs)
  }
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

type Due = { readonly kind: 'list' } | { readonly kind: 'environment'; readonly ref: EnvironmentRef }

interface Moment {
  readonly nowMs: number
  readonly isLeftOut: (ref: EnvironmentRef) => boolean
}

/** What is overdue for longest; undefined when nothing is. */
export const chooseDue = (sightings: Sightings, { nowMs, isLeftOut }: Moment): Due | undefined => {
  const list = sightings.list()
  if (list === undefined || nowMs - list.atMs >= limits.warm.listEveryMs) return { kind: 'list' }
  const known = sightings.environments()
  const overdue = known
    .map(({ ref, seen, lookedAtMs }) => ({ ref, lateMs: nowMs - seen.atMs - everyMs(nowMs - lookedAtMs) }))
    .filter(({ ref, lateMs }) => lateMs >= 0 && !isLeftOut(ref))
  const [latest] = overdue.toSorted((a, b) => b.lateMs - a.lateMs)
  const unseen =
    known.length < limits.environments
      ? list.value.find((ref) => sightings.find(ref) === undefined && !isLeftOut(ref))
      : undefined
  const ref = unseen ?? latest?.ref
  return ref && { kind: 'environment', ref }
}

const everyMs = (idleMs: number): number =>
  idleMs < limits.lookedMs ? limits.warm.lookedEveryMs : limits.warm.othersEveryMs
