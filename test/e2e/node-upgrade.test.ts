import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { openSsh, type Server } from '@atoll/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderSshHost } from './render-ssh-host.ts'
import { server } from './services.ts'
import { end, nodesSchema, until, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')

/** Makes a version of a package, and puts it where apt finds it. `after` is what it runs when it is installed. */
const publish = (version: number, after: string): string => `set -e
mkdir -p /srv/repo /tmp/trial/DEBIAN && cd /tmp/trial
printf 'Package: atoll-trial\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: lab\\nDescription: trial\\n' > DEBIAN/control
printf '#!/bin/sh\\n${after}\\n' > DEBIAN/postinst && chmod 755 DEBIAN/postinst
rm -f /srv/repo/*.deb && dpkg-deb --build . /srv/repo/atoll-trial.deb >/dev/null && cd /srv/repo
( cat /tmp/trial/DEBIAN/control; echo Filename: ./atoll-trial.deb
  echo Size: $(stat -c %s atoll-trial.deb); echo SHA256: $(sha256sum atoll-trial.deb | cut -d' ' -f1) ) > Packages
echo 'deb [trusted=yes] file:/srv/repo ./' > /etc/apt/sources.list.d/trial.list`

/** Real packages on hosts that boot: one after the other, with an app that goes on. */
describe('upgrading nodes', () => {
  let lab: TestLab
  let folder: string
  let first: Server
  let engine: string
  beforeAll(async () => {
    lab = await openTestLab({ name: 'upgrade', bare: true, nodes: 3 })
    folder = mkdtempSync(join(tmpdir(), 'atoll-e2e-node-upgrade-'))
    writeFileSync(join(folder, 'ssh_config'), lab.nodes.map(renderSshHost).join(''))
    await good('init', '--on', 'node-1', ...login)
    first = await openSsh({ destination: 'node-1', configFile: join(folder, 'ssh_config'), isAlone: true })
    engine = `unix://${await first.openSocket('/var/run/docker.sock')}`
    for (const name of ['node-2', 'node-3']) await good('node', 'add', name, ...login, '--engine', engine)
    for (const { name } of lab.nodes) {
      await lab.ssh(name, [`${publish(1, 'true')}; apt-get -qq update; apt-get -qq -y install atoll-trial`])
    }
    const services = { web: server(lab, 'one', { deploy: { replicas: 2, update_config: { monitor: '1s' } } }) }
    writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name: 'shop', services }))
    await good('deploy', '--engine', engine)
    // Docker is installed three times.
  }, 900_000)
  afterAll(async () => {
    await first?.[Symbol.asyncDispose]()
    await lab?.down()
    rmSync(folder, { recursive: true })
  })

  const login = ['--ssh-config', 'ssh_config']
  const atoll = (...args: readonly string[]): Promise<Ended> => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, NO_COLOR: '1', XDG_CONFIG_HOME: '/nonexistent', ATOLL_LAB_HOME: '/nonexistent' }
    return end(spawn(bin, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  const good = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await atoll(...args)
    expect(status, `atoll ${args.join(' ')}: ${stderr}${stdout}`).toBe(0)
    return stdout
  }
  const upgrade = (...args: readonly string[]) =>
    atoll('node', 'upgrade', ...args, '--on', '%n', ...login, '--engine', engine)
  const node = async (name: string) =>
    nodesSchema
      .parse(JSON.parse(await good('node', 'ls', '--json', '--engine', engine)))
      .find((each) => each.name === name)
  const installed = async (name: string) =>
    (await lab.ssh(name, ["dpkg-query -W -f '${db:Status-Status} ${Version}' atoll-trial"])).trim()

  test('--check says what is old, and changes nothing', async () => {
    await lab.ssh('node-2', [publish(2, 'touch /run/reboot-required')])
    const checked = await upgrade('node-2', '--check')
    expect(checked.status, checked.stderr).toBe(3)
    expect(checked.stdout).toContain('atoll-trial 1 -> 2')
    expect(await installed('node-2')).toBe('installed 1')
    expect(await node('node-2')).toMatchObject({ state: 'ready', availability: 'active' })
  })

  test('a node is drained, upgraded, rebooted as its packages want it, and is back, proven', async () => {
    // What a machine does by its firmware the test does: it boots the host that has ended its first process.
    const ends = '#!/bin/sh\\nsync; (sleep 1; kill -TERM 1) >/dev/null 2>&1 &\\n'
    await lab.ssh('node-2', [`printf '${ends}' > /usr/sbin/reboot && chmod 755 /usr/sbin/reboot`])
    const running = upgrade('node-2')
    let hasEnded = false
    void running.then(() => (hasEnded = true))
    const isOff = async () => hasEnded || !(await isUp())
    await until('the host to be off', isOff, (said) => said, 240_000)
    if (!hasEnded) await lab.start('node-2')
    const { status, stdout, stderr } = await running
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('atoll-trial 1 -> 2')
    expect(stdout).toMatch(/; rebooted; proven with node-1, node-3/)
    expect(await installed('node-2')).toBe('installed 2')
    expect(await node('node-2')).toMatchObject({ state: 'ready', availability: 'active' })
    expect(await lab.ssh('node-2', ['ls /var/lib/atoll/upgrading 2>/dev/null || echo none'])).toContain('none')
  })
  const isUp = async (): Promise<boolean> =>
    lab.ssh('node-2', ['true']).then(
      () => true,
      () => false,
    )

  test('it stops at a node where a package breaks, which is left drained, and goes on when it is mended', async () => {
    await lab.ssh('node-3', [publish(2, 'exit 1')])
    await lab.ssh('node-1', [publish(2, 'true')])
    const stopped = await upgrade('--all')
    expect(stopped.status, stopped.stderr).toBe(1)
    expect(stopped.stdout).toContain('node-2 is up to date')
    expect(stopped.stderr).toContain('node-3 is left drained')
    expect(await node('node-3')).toMatchObject({ availability: 'drain' })
    expect(await installed('node-1')).toBe('installed 1')
    await lab.ssh('node-3', [publish(3, 'true')])
    const { status, stdout, stderr } = await upgrade('--all')
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/node-3: .*proven with node-1, node-2/)
    expect(stdout).toMatch(/node-1: .*atoll-trial 1 -> 2.*proven with node-2, node-3/)
    for (const { name } of lab.nodes) expect(await node(name)).toMatchObject({ state: 'ready', availability: 'active' })
    expect(await installed('node-3')).toBe('installed 3')
  }, 600_000)
})
