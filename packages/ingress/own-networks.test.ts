import { isIPv4 } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaveApart, readOwnNetworks } from './own-networks.ts'
import { render } from './render.ts'
import { endpointsAt, environmentOf, sampleSettings } from './testing/table.ts'

const tableOf = (addresses: readonly string[]) => ({
  environments: [
    environmentOf('{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: 80}]}}}}', {
      endpoints: { web: endpointsAt(...addresses) },
    }),
  ],
  certificates: [],
})
const addressesIn = (table: ReturnType<typeof tableOf>): readonly string[] =>
  table.environments.flatMap(({ endpoints }) => Object.values(endpoints).flat()).map(({ address }) => address)

test('this host is in its own loopback', () => {
  expect(readOwnNetworks()).toContain('127.0.0.1/8')
})

test.each([
  [['10.82.104.4/20'], ['10.82.96.3', '10.82.112.3'], ['10.82.96.3']],
  [['10.82.104.4/20', '2001:db8::1/64'], ['2001:db8::9', '2001:db9::9'], ['2001:db8::9']],
  [[], ['10.82.96.3'], []],
])('in %j of %j are asked %j', (networks, addresses, asked) => {
  const { table, apart } = leaveApart(tableOf(addresses), networks)
  expect(addressesIn(table as ReturnType<typeof tableOf>)).toEqual(asked)
  expect(apart).toEqual([{ app: 'shop', environment: 'production' }])
})

const address = fc.ipV4().filter(isIPv4)

test('whatever is left out, running servers can be made those of the whole', () => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 9 }), fc.array(address), (addresses, near) => {
      const whole = tableOf(addresses)
      const { table, apart } = leaveApart(
        whole,
        near.map((one) => `${one}/8`),
      )
      expect(render(table, sampleSettings).frame).toBe(render(whole, sampleSettings).frame)
      expect(apart.length).toBe(addressesIn(table as typeof whole).length === addresses.length ? 0 : 1)
    }),
  )
})
