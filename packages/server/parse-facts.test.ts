import { describe, expect, test } from 'vitest'
import {
  parseAddresses,
  parseDisk,
  parseEngine,
  parseFiles,
  parseListening,
  parseMemory,
  parseSystem,
} from './parse-facts.ts'

test('files as grep prints them', () => {
  const files = parseFiles('/proc/1/comm:systemd\n/etc/os-release:ID=debian\n/etc/os-release:A="b:c"\n')
  expect(Object.fromEntries(files)).toEqual({
    '/proc/1/comm': ['systemd'],
    '/etc/os-release': ['ID=debian', 'A="b:c"'],
  })
})

test.each([
  [['ID=debian', 'VERSION_ID="12"'], 'debian 12'],
  [["VERSION_ID='24.04'", 'ID=ubuntu'], 'ubuntu 24.04'],
  [['ID=debian'], 'debian'],
  [[], ''],
])('the system of %j', (lines, expected) => {
  expect(parseSystem(lines)).toBe(expected)
})

test('memory', () => {
  expect(parseMemory(['MemTotal:       2048 kB', 'MemFree: 1 kB'])).toBe(2 * 1024 ** 2)
  expect(parseMemory([])).toBe(0)
})

test('who listens, and nobody who is connected', () => {
  const lines = [
    '  sl  local_address rem_address   st tx_queue',
    '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 0 0 0',
    '   1: 0B01E70A:0016 0101E70A:CCCC 01 00000000:00000000 00:00000000 0 0 0',
    '   2: 00000000000000000000000000000000:0949 00000000000000000000000000000000:0000 0A 0 0 0',
  ]
  expect(parseListening('tcp', [...lines, ...lines])).toEqual([22, 2377].map((port) => ({ protocol: 'tcp', port })))
  const datagrams = ['  1: 00000000:12B5 00000000:0000 07 0:0 0:0 0 0']
  expect(parseListening('udp', datagrams)).toEqual([{ protocol: 'udp', port: 4789 }])
})

test('addresses, private first, without those of engines', () => {
  const device = (ifname: string, local: string) => ({ ifname, addr_info: [{ family: 'inet', local }] })
  const text = JSON.stringify([
    device('lo', '127.0.0.1'),
    device('eth0', '203.0.113.7'),
    device('docker0', '172.17.0.1'),
    device('docker_gwbridge', '172.18.0.1'),
    device('eth1', '10.0.0.7'),
    device('wg0', '100.64.0.7'),
    device('eth2', '172.32.0.1'),
    {},
  ])
  expect(parseAddresses(text).map(({ address, isPrivate }) => [address, isPrivate])).toEqual([
    ['10.0.0.7', true],
    ['100.64.0.7', true],
    ['203.0.113.7', false],
    ['172.32.0.1', false],
  ])
  expect(parseAddresses('')).toEqual([])
})

test('the disk of the last path that is there', () => {
  const text =
    'Filesystem 1B-blocks Used Available Capacity Mounted on\n/dev/a 100 60 40 60% /\n/dev/b 200 50 150 25% /data\n'
  expect(parseDisk(text)).toEqual({ sizeBytes: 200, freeBytes: 150 })
})

describe('the engine', () => {
  const info = (swarm: object) => JSON.stringify({ ServerVersion: '20.10.24', Swarm: swarm })
  test.each([
    ['no such program', { status: 127, stdout: '' }, { kind: 'absent' }],
    ['nobody answers', { status: 1, stdout: '{"ServerErrors":["Cannot connect"],"Swarm":{}}' }, { kind: 'silent' }],
    ['garbage', { status: 0, stdout: 'hello' }, { kind: 'silent' }],
    [
      'in no Swarm',
      { status: 0, stdout: info({ LocalNodeState: 'inactive', NodeID: '' }) },
      { kind: 'answering', version: '20.10.24', swarm: { kind: 'none' } },
    ],
    [
      'a manager',
      {
        status: 0,
        stdout: info({
          LocalNodeState: 'active',
          NodeID: 'n1',
          NodeAddr: '10.0.0.7',
          ControlAvailable: true,
          Cluster: { ID: 'c1' },
        }),
      },
      {
        kind: 'answering',
        version: '20.10.24',
        swarm: { kind: 'member', state: 'active', nodeId: 'n1', address: '10.0.0.7', isManager: true, clusterId: 'c1' },
      },
    ],
  ])('%s', (_, ran, expected) => {
    expect(parseEngine('here', ran)).toEqual(expected)
  })
})
