import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { execa } from 'execa'
import { LabError } from './errors.ts'

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly input?: string | Uint8Array
  readonly environment?: Readonly<Record<string, string>>
  /** In a process group of its own, so that Ctrl-C does not reach it: for what must not be stopped half-way. */
  readonly isShielded?: boolean
}

/** Debian keeps ip, iptables, mkfs and dockerd in sbin, which is not on everybody's PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Starts a program by its argv and gives its standard output. Throws LabError `command-failed`, or the signal's reason. */
export const run = async (argv: readonly string[], options: RunOptions = {}): Promise<string> => {
  const result = await start(argv, options)
  if (!result.failed) return result.stdout
  options.signal?.throwIfAborted()
  const said = result.stderr.trim().split('\n').slice(-5).join('; ') || result.shortMessage
  throw new LabError('command-failed', `run "${argv.join(' ')}": ${said}`, { cause: result })
}

/** True when the program ended with 0. For questions such as `iptables --check`. */
export const succeeds = async (argv: readonly string[], options: RunOptions = {}): Promise<boolean> =>
  !(await start(argv, options)).failed

/** Runs a program with this process's own input and output. Gives its exit status, 128 + N when signal N ended it. */
export const runAttached = async (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> => {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...environment } })
  const [status, signalName] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return status ?? 128 + (signalName === null ? 0 : constants.signals[signalName])
}

const start = (argv: readonly string[], options: RunOptions) => {
  const [program = '', ...rest] = argv
  return execa(program, rest, {
    reject: false,
    timeout: options.timeoutMs ?? 30_000,
    maxBuffer: 50_000_000,
    detached: options.isShielded ?? false,
    env: { PATH: SYSTEM_PATH, LC_ALL: 'C', ...options.environment },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
}
