import type { Documents } from '@atoll/store'
import { attempt } from './attempt.ts'
import { limits } from './limits.ts'
import type { Sources } from './sources.ts'

type Waiting = Pick<Sources, 'clock' | 'pulse' | 'giveUp'>

/** Asks again for the time of an election. A question that changes nothing, as it may be put many times. */
export const askPatiently = async <T>(
  { clock, pulse, giveUp }: Waiting,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const untilMs = clock.now() + limits.electionMs
  for (;;) {
    const answer = await attempt({ clock, limitMs: untilMs - clock.now() }, ask, signal)
    if (answer.kind === 'answered') {
      pulse.noteAnswer()
      return answer.value
    }
    pulse.noteSilence()
    if (clock.now() + limits.electionRetryMs >= untilMs) {
      // Of an agent that is not there nothing about managers can be said.
      throw answer.error?.code === 'unreachable' ? answer.error : await giveUp(signal)
    }
    await clock.wait(limits.electionRetryMs, signal)
  }
}

/** Documents for who is about to change something: reads outlast an election, and are never from the copy. */
export const createPatientDocuments = (waiting: Waiting, documents: Documents): Documents => ({
  ...documents,
  find: <T>(collection: string, id: string, signal: AbortSignal) =>
    askPatiently(waiting, (until) => documents.find<T>(collection, id, until), signal),
  list: <T>(collection: string, query: { readonly prefix?: string }, signal: AbortSignal) =>
    askPatiently(waiting, (until) => documents.list<T>(collection, query, until), signal),
})
