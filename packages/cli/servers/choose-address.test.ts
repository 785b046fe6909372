import { expect, test } from 'vitest'
import { chooseAddress } from './choose-address.ts'

const addresses = ['10.0.0.7', '192.168.4.7', '203.0.113.7'].map((address) => ({
  device: 'eth',
  address,
  isPrivate: true,
}))

test.each([
  [[], '10.0.0.7'],
  [['192.168.9.1'], '192.168.4.7'],
  [['203.0.113.9', '203.0.114.9'], '203.0.113.7'],
  [['172.16.0.1'], '10.0.0.7'],
])('to reach %j', (nodes, expected) => expect(chooseAddress(addresses, nodes)).toBe(expected))

test('without any there is none', () => expect(chooseAddress([], ['10.0.0.1'])).toBeUndefined())
