import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseIngressAddress, chooseSubnet, locateAddress, renderTaskRange } from './subnets.ts'

test('the first free one', () => {
  expect(chooseSubnet([])).toBe('10.64.0.0/20')
  expect(chooseSubnet(['10.64.0.0/20', '10.64.32.0/24', '172.17.0.0/16'])).toBe('10.64.16.0/20')
  expect(chooseSubnet(['10.64.0.5/12'])).toBe('10.80.0.0/20')
})

test("what is no IPv4 network is in nobody's way", () => {
  expect(chooseSubnet(['fd00::/8', '', 'x'])).toBe('10.64.0.0/20')
})

test('none when all are taken', () => {
  expect(chooseSubnet(['10.0.0.0/8'])).toBeUndefined()
  expect(chooseSubnet(['0.0.0.0/0'])).toBeUndefined()
})

test('1,024 networks, no two the same', () => {
  const used: string[] = []
  for (let subnet = chooseSubnet(used); subnet !== undefined; subnet = chooseSubnet(used)) used.push(subnet)
  expect(new Set(used).size).toBe(1_024)
})

/** First and last address as numbers. */
const rangeOf = (subnet: string): readonly [number, number] => {
  const [address = '', prefix] = subnet.split('/')
  const size = 2 ** (32 - Number(prefix))
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const first = Math.floor(number / size) * size
  return [first, first + size - 1]
}

test('never overlaps one in use', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const subnets = fc.tuple(fc.integer({ min: 62, max: 66 }), octet, octet, fc.integer({ min: 11, max: 30 }))
  fc.assert(
    fc.property(
      fc.array(subnets.map(([a, b, c, prefix]) => `10.${a}.${b}.${c}/${prefix}`)),
      fc.nat(31),
      (used, start) => {
        const chosen = chooseSubnet(used, start)
        if (chosen === undefined) return
        const [first, last] = rangeOf(chosen)
        expect(used.filter((subnet) => rangeOf(subnet)[0] <= last && rangeOf(subnet)[1] >= first)).toEqual([])
      },
    ),
  )
})

test('tasks have the lower half of a subnet, ingresses the upper, each its own place', () => {
  expect(renderTaskRange('10.64.16.0/20')).toBe('10.64.16.0/21')
  expect(locateAddress('10.102.224.3/20')).toEqual({ subnet: '10.102.224.0/20', number: 3 })
  const taken = Array.from({ length: 40 }, (_, number) => chooseIngressAddress('10.64.16.0/20', number + 2))
  expect(taken.slice(0, 2)).toEqual(['10.64.24.2', '10.64.24.3'])
  expect(new Set(taken).size).toBe(40)
  expect(chooseIngressAddress('10.1.0.0/24', 127)).toBe('10.1.0.128')
  expect(chooseIngressAddress('10.1.0.0/24', 126)).toBe('10.1.0.254')
})
