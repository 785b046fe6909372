import { ServerError } from './errors.ts'
import type { Ran, RunOptions, Server } from './server.ts'

/** What a step is given: the server, and what ends it. */
export interface Place {
  readonly server: Pick<Server, 'name' | 'run'>
  readonly signal: AbortSignal
}

interface OrderOptions extends RunOptions {
  /** Begins the message, where the program alone does not say it: `start Docker`. */
  readonly doing?: string
  readonly hint?: string
}

// Words of programs are parsed, so they speak as the C locale has it; and logins without a shell may lack the paths of root.
const environment = [
  'env',
  'LC_ALL=C',
  'DEBIAN_FRONTEND=noninteractive',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
]

/** Runs a program there, whatever its status. */
export const ask = ({ server, signal }: Place, argv: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  server.run([...environment, ...argv], { signal, ...options })

const usualHint = 'mend it there, then run the same again: what is done stays done, what is missing is done'

/** Runs a program that has to succeed, and gives what it said. Throws ServerError `command-failed` with its last words. */
export const order = async (
  place: Place,
  argv: readonly string[],
  { doing, hint = usualHint, ...options }: OrderOptions = {},
): Promise<string> => {
  const { status, stdout, stderr } = await ask(place, argv, options)
  if (status === 0) return stdout
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' ').trim()
  const what = `${doing === undefined ? '' : `${doing}: `}"${argv.slice(0, 4).join(' ')}"`
  throw new ServerError(`${place.server.name}: ${what} ended with status ${status}${said ? `: ${said}` : ''}`, {
    code: 'command-failed',
    retry: true,
    hint,
  })
}

/** Lines that a program printed, without empty ones; none where it failed, which is what those asked do about what is absent. */
export const askLines = async (place: Place, argv: readonly string[]): Promise<readonly string[]> =>
  (await ask(place, argv)).stdout.split('\n').filter((line) => line !== '')
