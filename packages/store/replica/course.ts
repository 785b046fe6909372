import type { ReplicaLimits } from './limits.ts'

/** A stream of events, for as long as it is unbroken. */
interface Stream {
  readonly openedAtMs: number
}

/** When a step began, and which stream told of events then. */
export interface Mark {
  readonly atMs: number
  readonly stream: Stream | undefined
}

/** What follows from the time of each step: since when the copy is known, and when which step is due. */
export interface Course {
  readonly open: () => void
  readonly close: () => void
  readonly mark: () => Mark
  readonly listed: (begun: Mark) => void
  /** The leader answered; what was told until now has still to be looked at. */
  readonly probed: (begun: Mark) => void
  /** All that was told has been looked at. */
  readonly caughtUp: () => void
  readonly isListDue: () => boolean
  readonly isProbeDue: () => boolean
  readonly dueAtMs: () => number
  readonly knownAtMs: () => number
}

interface Options {
  readonly clock: { now(): number }
  readonly limits: ReplicaLimits
}

export const createCourse = ({ clock, limits }: Options): Course => {
  let stream: Stream | undefined
  /** The stream that was open for long enough when the last list began, so that events since are all there. */
  let trusted: Stream | undefined
  let knownAtMs = -Infinity
  let probed: Mark | undefined
  let listDueAtMs = -Infinity
  let probeDueAtMs = Infinity
  return {
    open: () => {
      stream = { openedAtMs: clock.now() }
      listDueAtMs = -Infinity
    },
    close: () => {
      stream = undefined
      trusted = undefined
      probed = undefined
      probeDueAtMs = Infinity
    },
    mark: () => ({ atMs: clock.now(), stream }),
    listed: (begun) => {
      knownAtMs = begun.atMs
      if (begun.stream !== stream) return
      const settledAtMs = stream === undefined ? Infinity : stream.openedAtMs + limits.settleMs
      trusted = begun.atMs >= settledAtMs ? stream : undefined
      listDueAtMs =
        trusted === undefined ? Math.min(begun.atMs + limits.listEveryMs, settledAtMs) : begun.atMs + limits.listEveryMs
      probeDueAtMs = trusted === undefined ? Infinity : begun.atMs + limits.probeEveryMs
    },
    probed: (begun) => {
      probeDueAtMs = begun.atMs + limits.probeEveryMs
      probed = begun
    },
    caughtUp: () => {
      if (probed !== undefined && probed.stream === trusted && trusted !== undefined) knownAtMs = probed.atMs
      probed = undefined
    },
    isListDue: () => clock.now() >= listDueAtMs,
    isProbeDue: () => clock.now() >= probeDueAtMs,
    dueAtMs: () => Math.min(listDueAtMs, probeDueAtMs),
    knownAtMs: () => knownAtMs,
  }
}
