import { execa } from 'execa'
import { ServerError } from './errors.ts'
import type { Ran, RunOptions } from './server.ts'

const defaultTimeoutMs = 60_000
const maxOutputBytes = 50_000_000

/** Runs a program on this machine by its argv. Throws ServerError `timed-out` of `server`, or the signal's reason. */
export async function runProgram(
  argv: readonly string[],
  { server, timeoutMs = defaultTimeoutMs, ...options }: RunOptions & { readonly server: string },
): Promise<Ran> {
  const [program = '', ...rest] = argv
  const child = execa(program, rest, {
    reject: false,
    all: true,
    timeout: timeoutMs,
    maxBuffer: maxOutputBytes,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  if (options.onLine !== undefined) for await (const line of child.iterable({ from: 'all' })) options.onLine(line)
  const { exitCode, timedOut, stdout, stderr, shortMessage, cause } = await child
  options.signal?.throwIfAborted()
  if (timedOut) {
    const message = `${server}: no end of it after ${Math.round(timeoutMs / 1000)} s`
    throw new ServerError(message, { code: 'timed-out', retry: true, cause })
  }
  // Without a status it never ran, or a signal ended it.
  return exitCode === undefined
    ? { status: 127, stdout: '', stderr: shortMessage ?? '' }
    : { status: exitCode, stdout, stderr }
}
