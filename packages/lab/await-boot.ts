import { readFile } from 'node:fs/promises'
import { LabError } from './errors.ts'
import { waitUntil } from './wait-until.ts'

export interface Booting {
  readonly name: string
  readonly logFile: string
  /** The process that stands for the host on the machine, and ends with its first one. */
  readonly hasEnded: () => boolean
  /** First process of the host, once it has become what it is to be. */
  readonly findBooted: () => Promise<number | undefined>
}

const timeoutMs = 60_000
const lastLines = 5

/** Waits for a host. Throws LabError `command-failed` with the end of its log as soon as its first process has ended. */
export const awaitBoot = ({ name, logFile, hasEnded, findBooted }: Booting, signal: AbortSignal): Promise<number> =>
  waitUntil(
    async () => {
      // Asked before: what ended while we looked may have been seen booted.
      const isOver = hasEnded()
      const pid = await findBooted()
      if (pid === undefined && isOver) throw await describeEnd(name, logFile)
      return pid
    },
    { what: `${name} to boot; see ${logFile}`, timeoutMs, signal },
  )

const describeEnd = async (name: string, logFile: string): Promise<LabError> => {
  const log = await readFile(logFile, 'utf8').catch(() => '')
  const said = log.trim().split('\n').slice(-lastLines).join('; ') || 'it said nothing'
  return new LabError('command-failed', `boot ${name}: its first process has ended: ${said} (${logFile})`)
}
