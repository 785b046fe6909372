import { setTimeout as delay } from 'node:timers/promises'

/** Who waits for so long is told why, and after that it is looked again as often. */
const lookEveryMs = 2_000
/** A control reads its documents every two seconds while there is a leader; a busy one takes longer. */
const oldFromMs = 4_000
/** A busy control may miss one. */
const mostMissed = 2

export interface Waiting {
  /** How old what the control knows is, in milliseconds; rejects when it does not answer soon. */
  readonly askAge: (signal: AbortSignal) => Promise<number>
  /** Called when the control waits for a leader. */
  readonly onElection: () => void
  /** Whether the request may be sent to another control: then a control that is gone is not waited for. */
  readonly mayLeave: boolean
  /** Milliseconds between two looks, two seconds unless said. */
  readonly everyMs?: number
}

/** Looks after a request while it is not answered. Rejects with what `send` does, also when the control is gone. */
export const awaitAnswer = async <T>(
  send: (signal: AbortSignal) => Promise<T>,
  { askAge, onElection, mayLeave, everyMs = lookEveryMs }: Waiting,
  signal: AbortSignal,
): Promise<T> => {
  const [answered, gone] = [new AbortController(), new AbortController()]
  const look = async (): Promise<void> => {
    const most = mayLeave ? mostMissed : Infinity
    for (let missed = 0; missed < most;) {
      await delay(everyMs, undefined, { signal: answered.signal })
      const ageMs = await askAge(AbortSignal.any([answered.signal, AbortSignal.timeout(everyMs)])).catch(
        () => undefined,
      )
      if (answered.signal.aborted) return
      missed = ageMs === undefined ? missed + 1 : 0
      if (ageMs !== undefined && ageMs >= oldFromMs) onElection()
    }
    gone.abort(new Error('it no longer answers'))
  }
  void look().catch(() => undefined)
  try {
    return await send(AbortSignal.any([signal, gone.signal]))
  } finally {
    answered.abort()
  }
}
