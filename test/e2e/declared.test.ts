import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { openSsh } from '@atoll/server'
import { applyChange } from '@atoll/server/declared'
import type { Change } from '@atoll/server/declared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = join(import.meta.dirname, '../../bin/atoll')
const names = ['node-1', 'node-2']

let lab: TestLab
const folder = mkdtempSync(join(tmpdir(), 'atoll-servers-'))
beforeAll(async () => {
  lab = await openTestLab({ name: 'declared', bare: true, nodes: 2 })
})
afterAll(async () => {
  await lab?.down()
  rmSync(folder, { recursive: true })
})

/** How to get into both, in the words of server.yaml; node-1 is a database. */
const head = (): string => {
  const logins = lab.nodes.map(
    ({ name, address }) => `  ${name}: {ssh: root@${address}, labels: {role: ${name === 'node-1' ? 'db' : 'web'}}}`,
  )
  const { identityFile, knownHostsFile } = lab.nodes[0]!.ssh!
  writeFileSync(join(folder, 'ssh_config'), `UserKnownHostsFile ${knownHostsFile}\n`)
  return `ssh: {identity: ${identityFile}, config: ssh_config}\nnodes:\n${logins.join('\n')}\n`
}

const declare = (declared: string): void => writeFileSync(join(folder, 'server.yaml'), `${head()}${declared}`)

const start = (...words: readonly string[]) =>
  spawn(bin, ['node', 'apply', ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_HOST: 'unix:///nowhere', XDG_CONFIG_HOME: folder, NO_COLOR: '1' },
  })

const apply = async (...words: readonly string[]) => {
  const child = start(...words)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null) await once(child, 'close')
  return { status: child.exitCode, stdout, stderr }
}

/** On the console, which no firewall is in the way of. */
const on = (name: string, ...argv: readonly string[]): Promise<string> => lab.run(name, argv)

const getsIn = (name: string): Promise<boolean> =>
  lab.ssh(name, ['-o', 'ConnectTimeout=2', 'true']).then(
    () => true,
    () => false,
  )

const until = async (isSo: () => Promise<boolean>, timeoutMs: number): Promise<void> => {
  const endMs = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not so after ${timeoutMs} ms`)
    await wait(200)
  }
}

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxsb3dlZEJ5QXRvbGxUZXN0c0Fsb25lMDAwMDAw ann@laptop'
const everything = `
all:
  users:
    ann: {keys: ["${key}"], groups: [adm], sudo: true}
    games: absent
  packages: {less: present}
  firewall: {allow: [80/tcp, 9000-9100/udp from 10.0.0.0/8]}
  sysctl: {net.core.somaxconn: 2048}
  time: {zone: Europe/Berlin}
  upgrades: security
  mounts: {/srv/scratch: {device: tmpfs, type: tmpfs, options: [size=1m]}}
  files:
    /etc/motd: {source: motd}
    /etc/secret-word: {content: "hush\\n", mode: "0640", group: adm}
    /etc/legal: absent
  docker: {log-driver: local}
roles:
  role=db: {files: {/etc/role: {content: db}}}
`

describe('servers that are brought to what is declared', () => {
  test('from nothing; then nothing is to be done', async () => {
    writeFileSync(join(folder, 'motd'), 'welcome\n')
    declare(everything)
    const before = await on('node-1', 'sha256sum', '/etc/fstab', '/root/.ssh/authorized_keys')
    const check = await apply('--check')
    expect(check, check.stderr).toMatchObject({ status: 3 })
    expect(check.stdout).toContain('user: absent -> present')
    expect(check.stdout).toContain('this server has no service manager (systemd): nothing loads the rules at boot')
    expect(check.stdout.match(/file \/etc\/role/g)).toHaveLength(1)
    expect(await on('node-1', 'sha256sum', '/etc/fstab', '/root/.ssh/authorized_keys')).toBe(before)

    const applied = await apply('--yes')
    expect(applied, applied.stderr).toMatchObject({ status: 0 })
    for (const name of names) {
      expect(await on(name, 'cat', '/etc/motd', '/etc/timezone')).toBe('welcome\nEurope/Berlin')
      expect(await on(name, 'stat', '--format=%a %U %G', '/etc/secret-word', '/home/ann/.ssh/authorized_keys')).toBe(
        '640 root adm\n600 ann ann',
      )
      expect(await on(name, 'cat', '/home/ann/.ssh/authorized_keys')).toBe(key)
      expect(await on(name, 'runuser', '--user=ann', '--', 'sudo', '--non-interactive', 'id', '--user')).toBe('0')
      expect(await on(name, 'sysctl', '--values', 'net.core.somaxconn')).toBe('2048')
      expect(await on(name, 'findmnt', '--noheadings', '--output', 'FSTYPE', '/srv/scratch')).toBe('tmpfs')
      expect(JSON.parse(await on(name, 'cat', '/etc/docker/daemon.json'))).toEqual({ 'log-driver': 'local' })
      const table = await on(name, 'nft', 'list', 'table', 'inet', 'atoll')
      expect(table).toContain('policy drop')
      expect(table).toContain('tcp dport 22 accept')
      expect(await on(name, 'apt-config', 'dump', 'Unattended-Upgrade::Package-Blacklist')).toContain('"docker"')
      expect(await getsIn(name)).toBe(true)
    }
    expect(await on('node-1', 'cat', '/etc/role')).toBe('db')
    expect(await on('node-2', 'ls', '/etc')).not.toContain('role')

    const again = await apply('--check', '--json')
    expect(again.status, again.stdout).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({
      nodes: [
        { outcome: 'unchanged', changes: [] },
        { outcome: 'unchanged', changes: [] },
      ],
    })
    expect((await apply('--yes')).stderr).not.toContain('done')
  })

  test('what is changed by hand is shown, property by property, and mended; what is not declared stays', async () => {
    await on('node-2', 'usermod', '--groups=mail', 'ann')
    await on('node-2', 'cp', '/etc/hostname', '/etc/motd')
    await on('node-2', 'sysctl', '--write', 'net.core.somaxconn=99')
    await on('node-2', 'nft', 'add', 'rule', 'inet', 'atoll', 'input', 'tcp', 'dport', '6666', 'accept')
    await on('node-2', 'nft', 'add', 'table', 'ip', 'foreign')
    await on('node-2', 'cp', '/etc/hostname', '/etc/foreign')
    const check = await apply('--check')
    expect(check.status).toBe(3)
    const lines = ['group: - mail', 'group: + adm', 'net.core.somaxconn: 99 -> 2048', 'rule: - tcp dport 6666 accept']
    for (const line of lines) expect(check.stdout).toContain(line)
    expect(check.stdout).toMatch(/content: sha256 \w{12} -> sha256 \w{12}/)
    expect(check.stdout).toContain('node-1 is as declared')
    expect(await apply('--yes', 'node-2')).toMatchObject({ status: 0 })
    expect(await on('node-2', 'cat', '/etc/motd')).toBe('welcome')
    expect(await on('node-2', 'id', '--name', '--groups', 'ann')).toBe('ann adm')
    expect(await on('node-2', 'nft', 'list', 'tables')).toContain('table ip foreign')
    expect(await on('node-2', 'cat', '/etc/foreign')).toBe('node-2')
    expect(await apply('--check')).toMatchObject({ status: 0 })
  })

  test('a server that fails stops itself and no other, and is gone on with when it is mended', async () => {
    await on('node-1', 'mkdir', '/etc/blocked')
    const more = '/etc/blocked: {content: x}\n    /etc/later: {content: y}'
    declare(everything.replace('/etc/legal: absent', more))
    const { status, stderr } = await apply('--yes')
    expect(status).toBe(1)
    expect(stderr).toMatch(/node-1: failed; what comes after it was not begun/)
    expect(stderr).toContain("cannot overwrite directory '/etc/blocked'")
    expect(await on('node-2', 'cat', '/etc/blocked', '/etc/later')).toBe('xy')
    expect(await on('node-1', 'ls', '/etc')).not.toMatch(/^later$/m)
    await on('node-1', 'rmdir', '/etc/blocked')
    expect(await apply('--yes')).toMatchObject({ status: 0 })
    expect(await on('node-1', 'cat', '/etc/blocked', '/etc/later')).toBe('xy')
  })

  test('a server that is not reached is told, and the others are looked at', async () => {
    await lab.cut('node-1')
    const { status, stdout } = await apply('--check', '--json')
    await lab.heal('node-1')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: [
        { node: 'node-1', outcome: 'failed', error: { code: 'unreachable' } },
        { node: 'node-2', outcome: 'unchanged' },
      ],
    })
  })

  test('killed anywhere, it goes on where it was', async () => {
    declare(`all:
  packages: {tree: present}
  files: {/etc/one: {content: "1"}, /etc/two: {content: "2"}}
  firewall: {allow: [81/tcp]}
`)
    for (const at of ['packages', 'file /etc/one', 'firewall']) {
      const child = start('--yes')
      child.stderr.setEncoding('utf8')
      let said = ''
      for await (const chunk of child.stderr) {
        said += String(chunk)
        if (said.includes(`${at} ...`)) child.kill('SIGKILL')
      }
      await on('node-1', 'rm', '--force', '/etc/one')
    }
    const finished = await apply('--yes')
    expect(finished, finished.stderr).toMatchObject({ status: 0 })
    for (const name of names) {
      expect(await on(name, 'cat', '/etc/one', '/etc/two')).toBe('12')
      expect(await on(name, 'nft', 'list', 'table', 'inet', 'atoll')).toContain('tcp dport 81 accept')
      expect(await on(name, 'ls', '/var/lib/atoll')).not.toContain('way-back')
    }
    expect(await apply('--check')).toMatchObject({ status: 0 })
  })
})

describe('a firewall that lets nobody in', () => {
  const loginOf = () => {
    const { identityFile, address } = lab.nodes[1]!.ssh!
    return {
      destination: `root@${address}`,
      identity: identityFile,
      configFile: join(folder, 'ssh_config'),
      isAlone: true,
    }
  }
  const load = async (rules: readonly string[]): Promise<unknown> => {
    const signal = AbortSignal.timeout(120_000)
    const change: Change = { kind: 'load-firewall', rules, subject: 'firewall', fields: [] }
    await using server = await openSsh(loginOf(), signal)
    const enter = (ending: AbortSignal) => openSsh(loginOf(), ending)
    return await applyChange({ server, signal, enter, hasServiceManager: false }, change).catch(
      (error: unknown) => error,
    )
  }
  const tableOf = () => on('node-2', 'nft', 'list', 'table', 'inet', 'atoll')

  test.each([
    ['is undone by the connection that is still open', ['ct state { established, related } accept']],
    ['is undone by the server itself where no connection is left', ['tcp dport 9 accept']],
  ])('%s', async (_name, rules) => {
    const before = await tableOf()
    expect(before).toContain('tcp dport 22 accept')
    expect(await load(rules)).toMatchObject({
      code: 'locked-out',
      message: expect.stringContaining('nobody gets in any more') as string,
    })
    await until(() => getsIn('node-2'), 60_000)
    expect(await tableOf()).toBe(before)
  })

  test('keys of root that let nobody in are undone too', async () => {
    const before = await on('node-2', 'cat', '/root/.ssh/authorized_keys')
    declare(`all: {users: {root: {keys: ["${key}"]}}}\n`)
    const { status, stderr } = await apply('--yes', 'node-2')
    expect(status).toBe(1)
    expect(stderr).toContain('with the keys of root nobody gets in any more')
    expect(await on('node-2', 'cat', '/root/.ssh/authorized_keys')).toBe(before)
    expect(await getsIn('node-2')).toBe(true)
  })
})
