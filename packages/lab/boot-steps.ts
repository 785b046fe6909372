import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { BootPlan } from './host.ts'

/** What the boot programs of both kinds of hosts do alike. */

/** Makes 127.0.0.1:PORT the lab's registry, as it is on the machine itself; no process of this host is part of it. */
export const leadToRegistry = ({ registryPort, gateway }: BootPlan): void => {
  writeFileSync('/proc/sys/net/ipv4/conf/all/route_localnet', '1')
  const port = ['-p', 'tcp', '--dport', String(registryPort)]
  const iptables = ['iptables', '--wait', '20', '-t', 'nat', '-A']
  call([
    ...iptables,
    'OUTPUT',
    '-d',
    '127.0.0.1',
    ...port,
    '-j',
    'DNAT',
    '--to-destination',
    `${gateway}:${registryPort}`,
  ])
  call([...iptables, 'POSTROUTING', '-s', '127.0.0.1', '-d', gateway, ...port, '-j', 'MASQUERADE'])
}

interface CallOptions {
  /** Folder to run in; `/` otherwise. */
  readonly folder?: string
  readonly timeoutMs?: number
}

/** Runs a program to its end. Throws when that is not 0. */
export const call = (argv: readonly string[], options: CallOptions = {}): void => {
  const status = attempt(argv, options)
  if (status !== 0) throw new Error(`boot: "${argv.join(' ')}" failed with ${status}`)
}

/** Runs a program to its end and gives its exit status, null when it was killed or could not be started. */
export const attempt = (
  argv: readonly string[],
  { folder = '/', timeoutMs = 60_000 }: CallOptions = {},
): number | null => {
  const [program = '', ...rest] = argv
  return spawnSync(program, rest, { cwd: folder, timeout: timeoutMs, stdio: ['ignore', 'ignore', 'inherit'] }).status
}
