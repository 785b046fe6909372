import { describe, expect, test } from 'vitest'
import { renderRules } from '../firewall.ts'
import { parseAllow } from '../file/parse-allow.ts'
import { readRules } from './firewall.ts'
import { parseFiles } from './files.ts'
import { parseSysctl } from './kernel.ts'
import { findLine, isSwapLine } from './mounts.ts'
import { parsePackages } from './packages.ts'
import { findGroups, parseAccount } from './users.ts'

const payload = (protocol: string, field: string, right: unknown) => ({
  match: { op: '==', left: { payload: { protocol, field } }, right },
})
const meta = (key: string, right: unknown) => ({ match: { op: '==', left: { meta: { key } }, right } })
const chain = {
  family: 'inet',
  table: 'atoll',
  name: 'input',
  handle: 1,
  type: 'filter',
  hook: 'input',
  prio: 0,
  policy: 'drop',
}
const rule = (...expr: readonly unknown[]) => ({
  rule: { family: 'inet', table: 'atoll', chain: 'input', handle: 2, expr: [...expr, { accept: null }] },
})

/** As nft 1.0.6 tells what `renderTable` has loaded. */
const told = {
  nftables: [
    { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'atoll', handle: 3 } },
    { chain },
    rule(meta('iif', 'lo')),
    rule({ match: { op: '==', left: { ct: { key: 'state' } }, right: { set: ['established', 'related'] } } }),
    rule(meta('l4proto', { set: ['icmp', 'ipv6-icmp'] })),
    rule(payload('ip6', 'saddr', { prefix: { addr: 'fe80::', len: 10 } }), payload('udp', 'dport', 546)),
    rule(payload('tcp', 'dport', 22)),
    rule(payload('ip', 'saddr', { set: ['10.0.0.2', '10.0.0.1'] }), payload('tcp', 'dport', { set: [2377, 7946] })),
    rule(payload('ip', 'saddr', { set: ['10.0.0.1', '10.0.0.2'] }), payload('udp', 'dport', { set: [4789, 7946] })),
    rule(payload('ip', 'saddr', { set: ['10.0.0.1', '10.0.0.2'] }), meta('l4proto', 'esp')),
    rule(payload('ip', 'saddr', { set: ['10.0.0.1', '10.0.0.2'] }), meta('l4proto', 112)),
    rule(payload('tcp', 'dport', { range: [8000, 9000] })),
    rule(payload('ip', 'saddr', { prefix: { addr: '10.0.0.0', len: 8 } }), payload('udp', 'dport', 53)),
  ],
}

describe('the firewall', () => {
  test('is read back as it was written', () => {
    const allowed = ['8000-9000/tcp', '53/udp from 10.0.0.0/8'].flatMap((text) => parseAllow(text) ?? [])
    expect(readRules(told)).toEqual(renderRules({ allowed, sshPort: 22, peers: ['10.0.0.2', '10.0.0.1', '10.0.0.1'] }))
  })

  test('a protocol that has a name on some servers is the same on all', () => {
    const named = readRules({ nftables: [rule(meta('l4proto', 'vrrp'))] })
    expect(named).toEqual(readRules({ nftables: [rule(meta('l4proto', 112))] }))
  })

  test.each([
    [{ chain: { ...chain, policy: 'accept' } }, 'chain input (input, policy accept)'],
    [{ chain: { ...chain, name: 'more', hook: undefined, policy: undefined } }, 'chain more (no hook, policy none)'],
    [{ rule: { chain: 'more', expr: [{ drop: null }] } }, 'chain more: {"drop":null}'],
    [
      { rule: { chain: 'input', expr: [{ counter: { packets: 0 } }, { accept: null }] } },
      '{"counter":{"packets":0}} accept',
    ],
    [
      { rule: { chain: 'input', expr: [{ match: { op: '!=', left: { meta: { key: 'iif' } }, right: 'lo' } }] } },
      '{"match":{"op":"!=","left":{"meta":{"key":"iif"}},"right":"lo"}}',
    ],
  ])('what somebody else put there is seen: %j', (item, wanted) => {
    expect(readRules({ nftables: [item] })).toEqual([wanted])
  })
})

describe('what programs say', () => {
  test('dpkg-query', () => {
    expect(parsePackages(['htop installed', 'vim config-files', 'libc6 installed', 'libc6 installed'])).toEqual([
      'htop',
      'libc6',
    ])
  })

  test('stat and sha256sum', () => {
    const sum = 'a'.repeat(64)
    expect(
      parseFiles(
        [
          '/etc/a|regular file|root|adm|640',
          '/etc/b|c|symbolic link|root|root|777',
          '/etc/e|regular empty file|root|root|644',
        ],
        [`${sum}  /etc/a`, `${sum}  /etc/e`],
      ),
    ).toEqual({
      '/etc/a': { type: 'regular file', sha256: sum, owner: 'root', group: 'adm', mode: '640' },
      '/etc/b|c': { type: 'symbolic link', owner: 'root', group: 'root', mode: '777' },
      '/etc/e': { type: 'regular file', sha256: sum, owner: 'root', group: 'root', mode: '644' },
    })
  })

  test('sysctl', () => {
    expect(parseSysctl(['net.ipv4.tcp_rmem = 4096\t131072\t6291456', 'vm.swappiness = 60', 'nonsense'])).toEqual({
      'net.ipv4.tcp_rmem': '4096 131072 6291456',
      'vm.swappiness': '60',
    })
  })

  test('passwd and group', () => {
    expect(parseAccount('ann:*:1000:1000:Ann,,,:/home/ann:/bin/bash')).toEqual({
      name: 'ann',
      home: '/home/ann',
      login: '/bin/bash',
    })
    expect(findGroups(['adm:x:4:ann,bob', 'sudo:x:27:', 'joanna:x:1:joanna'], 'ann')).toEqual(['adm'])
  })

  test('fstab', () => {
    const lines = [
      '# /dev/sdz /srv/a ext4 defaults 0 2',
      'UUID=1  /srv/a\text4 noatime 0 2',
      '/swapfile none swap sw 0 0',
    ]
    expect(findLine(lines, '/srv/a')).toEqual({ device: 'UUID=1', type: 'ext4', options: 'noatime' })
    expect(findLine(lines, '/srv')).toBeUndefined()
    expect(lines.map(isSwapLine)).toEqual([false, false, true])
  })
})
