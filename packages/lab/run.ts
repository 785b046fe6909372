import { execa } from 'execa'
import { LabError } from './errors.ts'

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly input?: string
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
