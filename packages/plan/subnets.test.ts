import type { Service } from '@atoll/spec'
import { expect, it } from 'vitest'
import { createApp, createNetwork, createService } from './fixtures.ts'
import { createObservedNode } from './simulate.ts'
import { warnOfSubnets } from './warnings/subnets.ts'

const nodes = [1, 2, 3].map((number) => createObservedNode(`node-${number}`))
const back = createNetwork('back')
const networks = [{ network: 'back', engineName: back.engineName, aliases: [], driverOptions: {} }]
const replicated = (replicas: number): Service =>
  createService('web', { networks, mode: { kind: 'replicated', replicas } })

const warn = (service: Service, subnets: readonly string[]) => {
  const ipam = { subnets: subnets.map((subnet) => ({ subnet })) }
  const network = subnets.length === 0 ? back : { ...back, ipam }
  return warnOfSubnets(createApp([service], { networks: [network] }), nodes).map(({ isBlocking }) => isBlocking)
}

it.each<[string, Service, readonly string[], readonly boolean[]]>([
  ['of its own choice there is always room', replicated(500), [], []],
  ['just enough', replicated(2), ['10.0.0.0/29'], []],
  ['enough on one node, not on three', replicated(4), ['10.0.0.0/29'], [false]],
  ['never enough', replicated(5), ['10.0.0.0/29'], [true]],
  ['enough in two subnets', replicated(5), ['10.0.0.0/29', '10.0.1.0/29'], []],
  ['one on each node', createService('web', { networks, mode: { kind: 'global' } }), ['10.0.0.0/30'], [true]],
  ['of somebody who is in another network', createService('web', { mode: { kind: 'global' } }), ['10.0.0.0/30'], []],
  ['what is no IPv4 is not counted', replicated(500), ['fd00::/64'], []],
])('a subnet with %s', (_, service, subnets, blocking) => {
  expect(warn(service, subnets)).toEqual(blocking)
})

it('is told in numbers', () => {
  const ipam = { subnets: [{ subnet: '10.0.0.0/29' }] }
  const [warning] = warnOfSubnets(createApp([replicated(9)], { networks: [{ ...back, ipam }] }), nodes)
  expect(warning?.message).toBe('network back: its subnet has 5 addresses, 9 tasks on up to 3 nodes take 12')
})
