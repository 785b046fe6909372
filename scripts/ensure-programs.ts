import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Names of Debian packages, by a program of each. */
type Packages = Readonly<Record<string, string>>

/** What tests run. */
const testPackages: Packages = {
  '/usr/bin/chromium': 'chromium',
  '/usr/sbin/haproxy': 'haproxy',
  '/usr/sbin/iptables': 'iptables',
  '/usr/bin/lego': 'lego',
  '/usr/bin/pebble': 'pebble',
}

/** What benchmarks of the ingress run: a generator of load, and another proxy to be beside. */
export const ingressBenchPackages: Packages = {
  '/usr/bin/caddy': 'caddy',
  '/usr/bin/h2load': 'nghttp2-client',
  '/usr/sbin/haproxy': 'haproxy',
}

/** Brings programs, those of tests unless others are said; none of them is left running. Needs root. */
export function ensurePrograms(packages = testPackages): void {
  const missing = Object.entries(packages).flatMap(([program, name]) => (existsSync(program) ? [] : [name]))
  if (missing.length === 0) return
  console.log(`atoll: installing ${missing.join(', ')} of Debian; a few seconds, once`)
  const apt = ['--quiet', '-o', 'DPkg::Lock::Timeout=600', 'install', '--yes', '--no-install-recommends', ...missing]
  run('apt-get', ['--quiet', 'update'])
  if (!run('apt-get', apt)) throw new Error('installing failed; see above, then run the same command again')
  if (!existsSync('/run/systemd/system')) return
  for (const name of ['haproxy', 'caddy'].filter((each) => missing.includes(each)))
    run('systemctl', ['disable', '--now', `${name}.service`])
}

function run(name: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(name, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
}
