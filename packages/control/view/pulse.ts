import { attempt } from './attempt.ts'
import { limits } from './limits.ts'
import type { Clock } from '@atoll/deploy'

/**
 * Whether the engine answered when it was last asked. Once it did not, who looks is answered from the copy at once, and one
 * question at a time goes on asking until it answers again.
 */
export interface Pulse {
  /** Puts the next question when it is away and that is due. */
  isAway(): boolean
  noteAnswer(): void
  noteSilence(): void
}

interface Options {
  readonly clock: Clock
  /** A cheap question that only a leader answers. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>
}

export const createPulse = ({ clock, ask }: Options, signal: AbortSignal): Pulse => {
  let isAway = false
  let isAsking = false
  let askedAtMs = -Infinity
  const probe = async (): Promise<void> => {
    isAsking = true
    askedAtMs = clock.now()
    try {
      const { kind } = await attempt({ clock, limitMs: limits.probeMs }, ask, signal)
      if (kind === 'answered') isAway = false
    } catch {
      // An answer that is no good is a matter for who needs one; here it counts that nothing better is known.
    } finally {
      isAsking = false
    }
  }
  return {
    isAway: () => {
      const isDue = isAway && !isAsking && clock.now() - askedAtMs >= limits.probeEveryMs
      if (isDue && !signal.aborted) void probe()
      return isAway
    },
    noteAnswer: () => {
      isAway = false
    },
    noteSilence: () => {
      isAway = true
    },
  }
}
