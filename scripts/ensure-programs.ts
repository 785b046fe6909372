import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Debian packages that tests run, by a program of each. */
const packages: Readonly<Record<string, string>> = {
  '/usr/bin/chromium': 'chromium',
  '/usr/sbin/haproxy': 'haproxy',
  '/usr/bin/lego': 'lego',
  '/usr/bin/pebble': 'pebble',
}

/** Brings what tests of pages, the ingress and certificates run; none of it is left running. Needs root. */
export function ensurePrograms(): void {
  const missing = Object.entries(packages).flatMap(([program, name]) => (existsSync(program) ? [] : [name]))
  if (missing.length === 0) return
  console.log(`atoll: installing ${missing.join(', ')} of Debian, which tests run; a few seconds, once`)
  const apt = ['--quiet', '-o', 'DPkg::Lock::Timeout=600', 'install', '--yes', '--no-install-recommends', ...missing]
  run('apt-get', ['--quiet', 'update'])
  if (!run('apt-get', apt)) throw new Error('installing failed; see above, then run the same command again')
  if (missing.includes('haproxy') && existsSync('/run/systemd/system')) {
    run('systemctl', ['disable', '--now', 'haproxy.service'])
  }
}

function run(name: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(name, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
}
