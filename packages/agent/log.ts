import { describeFailure } from './failure.ts'

/** One line of the agent's log. Never a value of a secret, never what a program is given to read. */
export interface LogEntry {
  /** RFC 3339. */
  readonly time: string
  readonly verb: string
  /** What it was done to: an environment, a config, a task. */
  readonly ref: string
  /** What of it: the action and the name. */
  readonly subject?: string
  readonly durationMs: number
  /** `done`, or the code of the error. */
  readonly outcome: string
  readonly message?: string
}

export interface Journal {
  readonly now: () => number
  readonly writeLog: (entry: LogEntry) => void
}

type About = Pick<LogEntry, 'verb' | 'ref' | 'subject'> & {
  /** Of an error the code alone is written down. */
  readonly isMute?: boolean
}

/** Does the work of a writing verb and says afterwards how it went. */
export const recordWork = async <T>(
  { now, writeLog }: Journal,
  { isMute = false, ...about }: About,
  work: () => Promise<T>,
): Promise<T> => {
  const startedMs = now()
  const write = (end: Pick<LogEntry, 'outcome' | 'message'>): void =>
    writeLog({ time: new Date(startedMs).toISOString(), ...about, durationMs: now() - startedMs, ...end })
  try {
    const result = await work()
    write({ outcome: 'done' })
    return result
  } catch (error) {
    const { code: outcome, message } = describeFailure(error)
    write(isMute ? { outcome } : { outcome, message })
    throw error
  }
}
