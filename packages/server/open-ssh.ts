import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ServerError } from './errors.ts'
import { explainSsh } from './explain-ssh.ts'
import { requireRoot } from './require-root.ts'
import { runProgram } from './run-program.ts'
import type { Ran, Server } from './server.ts'

/** What ssh is told in addition to the configuration of the person; all of it may be absent. */
export interface SshLogin {
  /** `root@203.0.113.7`, `203.0.113.7`, or a Host of ssh's configuration. */
  readonly destination: string
  readonly port?: number
  /** Path of a private key; ssh finds one itself when absent. */
  readonly identity?: string
  /** Path of an ssh_config(5) that is read instead of the person's own. */
  readonly configFile?: string
  /** True: nobody is there to be asked for a passphrase or about a host key. */
  readonly isAlone: boolean
  /** Whoever logs in is right, root or not. */
  readonly isAnyUser?: boolean
}

// ssh(1), Exit Status: 255 is ssh's own, whatever else is the command's.
const sshFailed = 255
const connectSeconds = 20

/**
 * Logs in with the system's ssh, so that configuration, agent, jump hosts and host keys are honoured. One connection carries all
 * programs. Throws ServerError `unreachable`, `not-let-in`, `host-key` or `not-root`.
 */
export async function openSsh(login: SshLogin, signal?: AbortSignal): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ssh-'))
  const argv = sshArgv(login, join(folder, 'socket'))
  const stopping = signal === undefined ? {} : { signal }
  const close = async (): Promise<void> => {
    try {
      await runProgram([...argv.slice(0, -2), '-O', 'exit', ...argv.slice(-2)], { server: login.destination })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  const run: Server['run'] = async (command, options) => {
    const words = command.map(quoteForShell).join(' ')
    return refuseBroken(login, await runProgram([...argv, words], { ...options, server: login.destination }))
  }
  try {
    const user = await run(['id', '-u'], { ...stopping, timeoutMs: 3 * connectSeconds * 1000 })
    if (login.isAnyUser !== true) requireRoot(login.destination, user)
  } catch (error) {
    await close()
    throw error
  }
  return {
    name: login.destination,
    run,
    openSocket: async (path) => {
      const local = join(folder, basename(path))
      await forward({ server: login.destination, argv, local, path })
      return local
    },
    [Symbol.asyncDispose]: close,
  }
}

interface Forwarding {
  readonly server: string
  readonly argv: readonly string[]
  readonly local: string
  readonly path: string
}

/** Over the connection that is there (ssh(1), -O). */
async function forward({ server, argv, local, path }: Forwarding): Promise<void> {
  const ask = [...argv.slice(0, -2), '-O', 'forward', '-L', `${local}:${path}`, ...argv.slice(-2)]
  const { status, stderr } = await runProgram(ask, { server })
  if (status === 0) return
  const hint = 'sshd there has to allow it: AllowStreamLocalForwarding in sshd_config'
  throw new ServerError(`${server}: reach ${path}: ${stderr.trim()}`, { code: 'command-failed', retry: false, hint })
}

/** argv of ssh(1) up to the command. Its last two words are `--` and the destination. */
export function sshArgv(login: SshLogin, socket: string): string[] {
  const options = [
    `ConnectTimeout=${connectSeconds}`,
    'ServerAliveInterval=5',
    'ServerAliveCountMax=6',
    'ControlMaster=auto',
    `ControlPath=${socket}`,
    // Longer than anything that is done here in between without it.
    'ControlPersist=1800',
    ...(login.isAlone ? ['BatchMode=yes'] : []),
    ...(login.identity === undefined ? [] : ['IdentitiesOnly=yes']),
  ]
  return [
    'ssh',
    '-T',
    ...(login.configFile === undefined ? [] : ['-F', login.configFile]),
    ...options.flatMap((option) => ['-o', option]),
    ...(login.port === undefined ? [] : ['-p', String(login.port)]),
    ...(login.identity === undefined ? [] : ['-i', login.identity]),
    '--',
    login.destination,
  ]
}

/** ssh hands the login shell there one string (ssh(1)); in single quotes a word reaches the program as it is (sh(1), Quoting). */
export const quoteForShell = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`

function refuseBroken(login: SshLogin, ran: Ran): Ran {
  if (ran.status !== sshFailed) return ran
  throw explainSsh(login.destination, ran.stderr)
}
