import { expect, test } from 'vitest'
import { parseNetwork } from './network.ts'
import { parseAllow } from './parse-allow.ts'
import { parseSize } from './parse-size.ts'

test.each([
  ['10.0.0.5/8', 'ip', '10.0.0.0/8'],
  ['203.0.113.7', 'ip', '203.0.113.7'],
  ['203.0.113.7/32', 'ip', '203.0.113.7'],
  ['0.0.0.0/0', 'ip', '0.0.0.0/0'],
  ['2001:DB8:0:0::1/32', 'ip6', '2001:db8::/32'],
  ['fe80::1', 'ip6', 'fe80::1'],
  ['::', 'ip6', '::'],
  ['1:2:3:4:5:6:7:8/127', 'ip6', '1:2:3:4:5:6:7:8'.replace(/8$/, '8/127')],
])('%s is %s %s', (text, family, wanted) => {
  expect(parseNetwork(text)).toEqual({ family, text: wanted })
})

test.each([
  '',
  'host',
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '::1/129',
  'fe80::1%eth0',
  '10.0.0.0/-1',
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeUndefined()
})

test.each([
  ['443/tcp', { protocol: 'tcp', ports: '443' }],
  ['8000-8100/udp', { protocol: 'udp', ports: '8000-8100' }],
  ['5432/tcp from 10.0.0.0/8', { protocol: 'tcp', ports: '5432', from: { family: 'ip', text: '10.0.0.0/8' } }],
])('%s', (text, wanted) => {
  expect(parseAllow(text)).toEqual(wanted)
})

test.each([
  '443',
  '0/tcp',
  '443/sctp',
  '9-9/tcp',
  '10-9/tcp',
  '443/tcp from',
  '443/tcp from example.org',
  '443/tcp; drop',
])('%j lets nothing in', (text) => {
  expect(parseAllow(text)).toBeUndefined()
})

test.each([
  ['512M', 512 * 1024 ** 2],
  ['2G', 2 * 1024 ** 3],
  ['2GiB', 2 * 1024 ** 3],
  ['63M', undefined],
  ['257G', undefined],
  ['2', undefined],
])('%s of swap', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})
