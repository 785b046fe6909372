import * as fc from 'fast-check'
import { settings } from './file/settings.ts'
import type { Settings } from './file/server-file.ts'
import type { Observed } from './observed.ts'
import { firewallPath, firewallUnitPath, sudoersPath, sysctlPath, timePath, upgradesPath } from './texts.ts'

/** Few names, so that what is declared and what is there meet. */
const names = ['ann', 'bob', 'cyd']
const paths = ['/etc/motd', '/srv/a', '/srv/b']
const publicKeys = ['a', 'b', 'c'].map((name) => `ssh-ed25519 AAAAC3Nza${name} ${name}@laptop`)

const some = <Value>(keys: readonly string[], value: fc.Arbitrary<Value>) =>
  fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const subset = (items: readonly string[]) => fc.subarray([...items])
const absentOr = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 3, arbitrary: value }, fc.constant('absent'))

const user = fc.record(
  {
    keys: subset(publicKeys),
    groups: subset(['adm', 'sudo']),
    login: fc.constantFrom('/usr/bin/fish', '/usr/sbin/nologin'),
    sudo: fc.boolean(),
  },
  { requiredKeys: [] },
)
const file = fc.record({ content: fc.constantFrom('one', 'two'), mode: fc.constantFrom('0644', '600') })
const mount = fc.record({ device: fc.constantFrom('/dev/sdb1', 'tmpfs'), type: fc.constantFrom('ext4', 'tmpfs') })

/** What people may declare, read as server.yaml is read. */
export const declared: fc.Arbitrary<Settings> = fc
  .record(
    {
      users: some(names, absentOr(user)),
      packages: some(['htop', 'nftables', 'telnet'], fc.constantFrom('present', 'absent')),
      firewall: fc.oneof(
        fc.constant('off'),
        fc.record({ allow: subset(['80/tcp', '443/tcp', '53/udp from 10.0.0.0/8']) }),
      ),
      sysctl: some(['net.core.somaxconn', 'vm.swappiness'], fc.constantFrom(10, '4096', '1 2 3')),
      swap: fc.oneof(fc.constant('off'), fc.record({ size: fc.constantFrom('1G', '512M') })),
      time: fc.record(
        { zone: fc.constantFrom('Europe/Berlin', 'UTC'), ntp: fc.constant(['ntp.example.org']) },
        { requiredKeys: [] },
      ),
      upgrades: fc.constantFrom('security', 'all', 'off'),
      mounts: some(paths, absentOr(mount)),
      files: some(paths, absentOr(file)),
      docker: some(['log-driver', 'debug'], fc.constantFrom('local', true)),
    },
    { requiredKeys: [] },
  )
  .map((value) => settings.parse(value))

const observedFile = fc.record({
  type: fc.constantFrom('regular file', 'symbolic link'),
  sha256: fc.constantFrom('0'.repeat(64), 'f'.repeat(64)),
  owner: fc.constantFrom('root', 'ann'),
  group: fc.constant('root'),
  mode: fc.constantFrom('644', '600'),
})

const everyPath = [
  ...paths,
  ...names.map(sudoersPath),
  sysctlPath,
  timePath,
  upgradesPath,
  firewallPath,
  firewallUnitPath,
]

/** What may be found on a server, declared or not. */
export const worlds: fc.Arbitrary<Observed> = fc
  .record({
    hasServiceManager: fc.boolean(),
    packages: subset(['htop', 'nftables', 'telnet', 'vim']),
    users: some(
      names,
      fc.record({
        login: fc.constant('/usr/sbin/nologin'),
        groups: subset(['adm', 'docker']),
        keys: subset(publicKeys),
      }),
    ),
    files: some(everyPath, observedFile),
    sysctl: some(['net.core.somaxconn', 'vm.swappiness'], fc.constantFrom('10', '128')),
    swap: fc.record({ sizeBytes: fc.constantFrom(0, 1024 ** 3), isActive: fc.boolean(), isInFstab: fc.boolean() }),
    zone: optional(fc.constantFrom('UTC', 'Asia/Tokyo')),
    mounts: some(
      paths,
      fc.record(
        {
          line: fc.record({
            device: fc.constant('/dev/sdb1'),
            type: fc.constant('ext4'),
            options: fc.constant('defaults'),
          }),
          mounted: fc.constant('/dev/sdb1 (ext4)'),
        },
        { requiredKeys: [] },
      ),
    ),
    docker: some(['log-driver', 'debug', 'mtu'], fc.constantFrom<string | number>('json-file', 1450)),
    firewall: optional(subset(['tcp dport 22 accept', 'tcp dport 9 accept'])),
    enabledUnits: subset(['atoll-firewall.service']),
    pendingUnits: subset(['systemd-timesyncd.service', 'docker.service']),
  })
  .map(({ zone, firewall, ...world }) => ({
    ...world,
    ...(zone === undefined ? {} : { zone }),
    ...(firewall === undefined ? {} : { firewall }),
  }))
