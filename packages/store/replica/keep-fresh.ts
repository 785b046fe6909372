import { createBell } from '../bell.ts'
import { StoreError } from '../errors.ts'
import type { ConfigsApi } from '../swarm/configs-api.ts'
import { ask } from '../swarm/failure.ts'
import { labels, renderDocumentName, renderNamePrefix } from '../swarm/names.ts'
import type { DocumentKey } from '../swarm/names.ts'
import { createAgenda } from './agenda.ts'
import type { Agenda, Outcome, Taken } from './agenda.ts'
import { createCourse } from './course.ts'
import type { Course } from './course.ts'
import { followEvents } from './follow-events.ts'
import type { ReplicaLimits } from './limits.ts'
import { observeAll, observeOne } from './observe.ts'
import type { Shelf } from './shelf.ts'

/** Looks under way at the same time, each at another document. */
const LOOKS_AT_ONCE = 8

interface Kept {
  readonly api: ConfigsApi
  readonly clock: { now(): number }
  readonly shelf: Shelf
  readonly collections: readonly string[] | undefined
  readonly limits: ReplicaLimits
}

export interface Keeper {
  /** When the shelf was last known to be complete; -Infinity before it ever was. */
  readonly knownAtMs: () => number
  readonly problem: () => StoreError | undefined
  readonly lookAgain: (key: DocumentKey, signal: AbortSignal) => Promise<Outcome>
  readonly listAgain: (signal: AbortSignal) => Promise<Outcome>
  /** After the signal. */
  readonly ended: Promise<unknown>
}

/**
 * Keeps a shelf at what the engine holds, one step after the other, so that no answer is overtaken by a later one: a list
 * of everything, looks at what events told of, or a probe.
 */
export const keepFresh = (kept: Kept, signal: AbortSignal): Keeper => {
  const { api, clock, limits } = kept
  const bell = createBell()
  const agenda = createAgenda(() => bell.ring())
  const course = createCourse({ clock, limits })
  let problem: StoreError | undefined
  const run = async (): Promise<void> => {
    const pause = createBell()
    while (!signal.aborted) {
      const step = chooseStep({ ...kept, agenda, course })
      if (step === undefined) {
        await bell.wait(signal, Math.max(1, course.dueAtMs() - clock.now()))
        continue
      }
      problem = await attempt(step, signal)
      agenda.end(step.taken, problem === undefined ? 'seen' : 'failed')
      if (problem !== undefined) await pause.wait(signal, problem.retry ? limits.retryMs : limits.listEveryMs)
    }
  }
  const onEvent = (name: string): void => noteEvent(kept, agenda, name)
  const onBreak = (): void => {
    course.close()
    bell.ring()
  }
  const following = followEvents({ api, clock, limits, onOpen: course.open, onEvent, onBreak }, signal)
  return {
    knownAtMs: course.knownAtMs,
    problem: () => problem,
    lookAgain: (key, until) => agenda.ask(renderDocumentName(key), AbortSignal.any([until, signal])),
    listAgain: (until) => agenda.askAll(AbortSignal.any([until, signal])),
    ended: Promise.all([run(), following]),
  }
}

/** An engine that removes a document tells of all its revisions; of a trimmed one nothing has to be looked at. */
const noteEvent = ({ shelf, collections }: Kept, agenda: Agenda, config: string): void => {
  const [, name, revision] = /^(atoll\..+\.)(\d+)$/.exec(config) ?? []
  if (name === undefined || !prefixesOf(collections).some((prefix) => name.startsWith(prefix))) return
  if (Number(revision) >= (shelf.get(name)?.revision ?? 0)) agenda.note(name)
}

const prefixesOf = (collections: readonly string[] | undefined): readonly string[] =>
  collections?.map((collection) => renderNamePrefix(collection, '')) ?? ['atoll.']

interface Step {
  readonly taken: Taken
  readonly work: (signal: AbortSignal) => Promise<void>
}

const chooseStep = (state: Kept & { readonly agenda: Agenda; readonly course: Course }): Step | undefined => {
  const { agenda, course, collections } = state
  const begun = course.mark()
  if (agenda.isAllAsked() || course.isListDue()) {
    const work = async (signal: AbortSignal): Promise<void> => {
      await observeAll(state, prefixesOf(collections), signal)
      course.listed(begun)
    }
    return { taken: agenda.takeAll(), work }
  }
  if (!agenda.isEmpty()) {
    const taken = agenda.take(LOOKS_AT_ONCE)
    const names = [...taken.names.keys()]
    const look = (name: string, signal: AbortSignal): Promise<void> => observeOne(state, name, signal)
    return { taken, work: async (signal) => void (await Promise.all(names.map((name) => look(name, signal)))) }
  }
  course.caughtUp()
  if (!course.isProbeDue()) return undefined
  const work = async (signal: AbortSignal): Promise<void> => {
    await probe(state, signal)
    course.probed(begun)
  }
  return { taken: agenda.take(0), work }
}

/** Asks for what nobody has. */
const probe = ({ api }: Kept, signal: AbortSignal): Promise<unknown> =>
  ask('ask whether the leader is there', () => api.list({ labels: { [labels.document]: 'probe' } }, signal))

/** Gives what went wrong. The next list heals everything, so nothing that goes wrong here may end the loop. */
const attempt = async ({ work }: Step, signal: AbortSignal): Promise<StoreError | undefined> => {
  try {
    await work(signal)
    return undefined
  } catch (cause) {
    if (cause instanceof StoreError) return cause
    return new StoreError('refused', `copy documents: ${String(cause)}`, { retry: true, cause })
  }
}
