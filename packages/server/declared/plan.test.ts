import { describe, expect, test } from 'vitest'
import type { Settings } from './file/server-file.ts'
import { readServerFile } from './file/read.ts'
import { derive } from './derive.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'

const empty: Observed = {
  hasServiceManager: true,
  packages: [],
  users: {},
  files: {},
  sysctl: {},
  swap: { sizeBytes: 0, isActive: false, isInFstab: false },
  mounts: {},
  docker: {},
  enabledUnits: [],
  pendingUnits: [],
}

const settingsOf = (text: string): Settings => {
  const read = readServerFile('server.yaml', `all:\n${text.replaceAll(/^/gm, '  ')}\n`)
  if (read.kind === 'refused') throw new Error(read.problems.map(({ message }) => message).join('; '))
  return read.file.all ?? {}
}

const planOf = (text: string, observed: Partial<Observed> = {}) =>
  plan(derive(settingsOf(text), new Map(), { sshPort: 22, peers: [] }), { ...empty, ...observed })

/** `kind subject: name before -> after, ...` */
const shown = (text: string, observed: Partial<Observed> = {}): readonly string[] =>
  planOf(text, observed).changes.map(({ kind, subject, fields }) => {
    const words = fields.map(({ name, before = '', after = '' }) => `${name} ${before} -> ${after}`)
    return `${kind} ${subject}: ${words.join(', ')}`
  })

const ann = { login: '/bin/bash', groups: ['adm'], keys: ['ssh-ed25519 AAAAold old@laptop'] }

describe('what is planned, property by property', () => {
  test.each<[string, string, Partial<Observed>, readonly string[]]>([
    ['nothing for nothing', 'users: {}', {}, []],
    [
      'packages that come and go, those first',
      'packages: {htop: present, vim: present, telnet: absent}',
      { packages: ['vim', 'telnet'] },
      ['remove-packages packages: telnet present -> absent', 'install-packages packages: htop absent -> present'],
    ],
    [
      'a user with groups and a key',
      'users: {ann: {groups: [adm], keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ann"]}}',
      {},
      [
        'create-user user ann: user absent -> present, group  -> adm',
        'set-keys keys of ann: key  -> ssh-ed25519 ...ZDI1NTE5 ann',
      ],
    ],
    [
      'a key and a group that nobody declared go',
      'users: {ann: {groups: [], keys: []}}',
      { users: { ann } },
      ['change-user user ann: group adm -> ', 'set-keys keys of ann: key ssh-ed25519 AAAAold old@laptop -> '],
    ],
    ['nothing of a user that is not declared', 'users: {ann: {}}', { users: { ann } }, []],
    ['a user goes', 'users: {ann: absent}', { users: { ann } }, ['remove-user user ann: user present -> absent']],
    [
      'a file with another mode, and a link in its place',
      'files: {/etc/a: {content: x, mode: "0600"}}',
      { files: { '/etc/a': { type: 'symbolic link', owner: 'root', group: 'root', mode: '777' } } },
      ['write-file file /etc/a: file symbolic link -> regular file, content  -> sha256 2d711642b726, mode 777 -> 600'],
    ],
    [
      'a kernel setting, for now and for the next boot',
      'sysctl: {net.core.somaxconn: 4096}',
      { sysctl: { 'net.core.somaxconn': '128' } },
      [
        'write-file file /etc/sysctl.d/99-atoll.conf: file absent -> regular file, content  -> sha256 HASH, owner  -> root, group  -> root, mode  -> 644',
        'set-sysctl kernel: net.core.somaxconn 128 -> 4096',
      ],
    ],
    [
      'a zone',
      'time: {zone: Europe/Berlin}',
      { packages: ['tzdata'], zone: 'Etc/UTC' },
      ['set-zone time: zone Etc/UTC -> Europe/Berlin'],
    ],
    [
      'swap of another size',
      'swap: {size: 1G}',
      { swap: { sizeBytes: 1024 ** 2, isActive: true, isInFstab: true } },
      ['make-swap swap /swapfile: size 1 MiB -> 1024 MiB'],
    ],
    [
      'no swap of ours',
      'swap: "off"',
      { swap: { sizeBytes: 1024 ** 2, isActive: true, isInFstab: false } },
      ['remove-swap swap /swapfile: size 1 MiB -> none, active yes -> no'],
    ],
    [
      'a mount',
      'mounts: {/srv/data: {device: UUID=1-2, type: ext4}}',
      {},
      [
        'mount mount /srv/data: device  -> UUID=1-2, type  -> ext4, options  -> defaults,nofail, mounted nothing -> UUID=1-2',
      ],
    ],
    ['nothing of a mount that is gone', 'mounts: {/srv/data: absent}', {}, []],
    [
      'keys of Docker and no other',
      'docker: {log-driver: local, log-opts: {max-size: 10m, max-file: "3"}}',
      { docker: { 'log-opts': { 'max-file': '3', 'max-size': '10m' } } },
      ['set-docker settings of Docker: log-driver  -> "local"'],
    ],
    [
      'a service that was not told of its change',
      'users: {}',
      { pendingUnits: ['docker.service'] },
      ['tell-unit service docker.service: '],
    ],
  ])('%s', (_name, text, observed, wanted) => {
    const lines = shown(text, observed).map((line) => line.replaceAll(/(?<=99-atoll.*sha256 )\w{12}/g, 'HASH'))
    expect(lines).toEqual(wanted)
  })

  test('a firewall that is another, and what brings it back at boot', () => {
    const observed = { packages: ['nftables'], firewall: ['tcp dport 22 accept', 'tcp dport 9 accept'] }
    const lines = shown('firewall: {allow: [443/tcp, 8000-8100/udp from 10.1.2.3/8]}', observed)
    expect(lines[0]).toContain('load-firewall firewall: rule tcp dport 9 accept -> ')
    expect(lines[0]).toContain('rule  -> tcp dport 443 accept, rule  -> ip saddr 10.0.0.0/8 udp dport 8000-8100 accept')
    expect(lines.slice(1).map((line) => line.split(':')[0])).toEqual([
      'write-file file /etc/atoll/firewall.nft',
      'write-file file /etc/systemd/system/atoll-firewall.service',
      'enable-unit service atoll-firewall.service',
    ])
  })
})

describe('what cannot be had', () => {
  test('without a service manager each thing that needs one is named, and the rest is planned', () => {
    const text = `
firewall: {allow: []}
time: {ntp: [ntp.example.org]}
upgrades: security
docker: {debug: true}
sysctl: {net.made.up: 1}`
    const { findings, changes } = planOf(text, { hasServiceManager: false })
    expect(findings.map(({ subject }) => subject)).toEqual([
      'time',
      'upgrades',
      'firewall',
      'settings of Docker',
      'kernel net.made.up',
    ])
    expect(changes.filter(({ subject }) => subject.includes('atoll-firewall.service'))).toEqual([])
    expect(changes.filter(({ kind }) => kind === 'load-firewall')).toHaveLength(1)
  })

  test('what Docker only reads when it starts is said', () => {
    const [change] = planOf('docker: {log-driver: local, debug: true}').changes
    expect(change?.note).toMatch(/^log-driver: Docker reads it when it starts/)
  })

  test('what is mounted in the place of another is left, and told', () => {
    const mounts = {
      '/srv/a': {
        line: { device: '/dev/sdb1', type: 'ext4', options: 'defaults,nofail' },
        mounted: '/dev/sdc1 (ext4)',
      },
    }
    const { findings, changes } = planOf('mounts: {/srv/a: {device: /dev/sdb1, type: ext4}}', { mounts })
    expect(changes).toEqual([])
    expect(findings[0]?.message).toBe('something else is mounted there: /dev/sdc1 (ext4)')
  })
})
