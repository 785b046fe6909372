import { describe, expect, test } from 'vitest'
import { findSeat, isHost, parseVip } from './find-seat.ts'
import { parseInterfaces } from './observe-vip-host.ts'

const interfaces = [
  { name: 'eth0', addresses: ['203.0.113.7', '2001:db8:1::7'] },
  { name: 'eth1', addresses: ['192.0.2.10', '192.0.2.11', '192.0.2.1', '2001:db8::1'] },
]
const four = { address: '192.0.2.10', prefixLength: 24 }

describe('where a server can have an address', () => {
  test.each([
    ['of IPv4, by an address of its own', four, ['192.0.2.11'], { interface: 'eth1', address: '192.0.2.1' }],
    ['of IPv6', { address: '2001:db8::10', prefixLength: 64 }, [], { interface: 'eth1', address: '2001:db8::1' }],
    ['on the interface that is said', { ...four, interface: 'eth1' }, [], { interface: 'eth1', address: '192.0.2.11' }],
    ['not on another', { ...four, interface: 'eth0' }, [], undefined],
    ['not in another network', { address: '198.51.100.9', prefixLength: 24 }, [], undefined],
    ['not in a larger one', { address: '192.0.3.10', prefixLength: 24 }, [], undefined],
    ['by no other virtual address', four, ['192.0.2.11', '192.0.2.1'], undefined],
  ])('%s', (_what, wanted, others, seat) => expect(findSeat(wanted, interfaces, others)).toEqual(seat))
})

test.each<[string, ReturnType<typeof parseVip>]>([
  ['192.0.2.10/24', { address: '192.0.2.10', prefixLength: 24 }],
  ['2001:DB8:0::10/64', { address: '2001:db8::10', prefixLength: 64 }],
  ...[
    '192.0.2.10',
    '192.0.2.10/0',
    '192.0.2.10/32',
    '192.0.2.300/24',
    'fe80::1%eth0/64',
    'x/24',
    '192.0.2.1/24/8',
    '',
  ].map((text): [string, undefined] => [text, undefined]),
])('%j is read as what it is', (text, vip) => expect(parseVip(text)).toEqual(vip))

test.each([
  ['192.0.2.0', 24, false],
  ['192.0.2.255', 24, false],
  ['192.0.2.1', 24, true],
  ['192.0.2.255', 23, true],
  ['192.0.2.0', 31, true],
  ['2001:db8::', 64, false],
  ['2001:db8::1', 64, true],
])('%s of /%d can be that of a server: %s', (address, prefixLength, is) =>
  expect(isHost({ address, prefixLength })).toBe(is),
)

test('interfaces are read without loopback, bridges of an engine, and addresses of the link alone', () => {
  const reply = [
    { ifname: 'lo', addr_info: [{ local: '127.0.0.1', scope: 'host' }] },
    {
      ifname: 'eth0',
      addr_info: [
        { local: '192.0.2.1', scope: 'global' },
        { local: 'fe80::1', scope: 'link' },
      ],
    },
    { ifname: 'eth1' },
    { ifname: 'docker0', addr_info: [{ local: '172.17.0.1', scope: 'global' }] },
  ]
  expect(parseInterfaces(JSON.stringify(reply))).toEqual([
    { name: 'eth0', addresses: ['192.0.2.1'] },
    { name: 'eth1', addresses: [] },
  ])
  expect(parseInterfaces('')).toEqual([])
})
