import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseRouterId } from './choose-router-id.ts'
import { isOurs, priorityOf, renderKeepalived } from './render-keepalived.ts'
import type { Vip } from './vip.ts'

const members = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address, at) => ({
  id: `id-${at + 1}`,
  name: `node-${at + 1}`,
  interface: 'eth1',
  address,
}))
const four: Vip = { address: '192.0.2.10', prefixLength: 24, routerId: 77, isEveryNode: true, members }
const six: Vip = {
  address: '2001:db8::10',
  prefixLength: 64,
  routerId: 5,
  isEveryNode: false,
  preferred: 'id-2',
  members: members.slice(0, 2).map((member, at) => ({ ...member, address: `2001:db8::${at + 1}` })),
}

describe('the configuration of a node', () => {
  test.each([
    ['one-address', 'id-1', [four]],
    ['two-addresses', 'id-2', [four, six]],
  ])('%s', async (name, id, vips) => {
    const text = renderKeepalived(id, vips) ?? ''
    expect(isOurs(text)).toBe(true)
    await expect(text).toMatchFileSnapshot(`golden/${name}.conf`)
  })

  test('has what the node is a member of and nothing else; there is none for a node of no address', () => {
    expect(renderKeepalived('id-3', [four, six])).toBe(renderKeepalived('id-3', [four]))
    expect(renderKeepalived('id-3', [six])).toBeUndefined()
    expect(renderKeepalived('id-1', [])).toBeUndefined()
    expect(isOurs('global_defs {\n}\n')).toBe(false)
  })

  test('takes nothing that is no address and no interface, whatever a document says', () => {
    const strange = { ...four, members: members.map((each) => ({ ...each, interface: 'eth1\n  notify "/tmp/x"' })) }
    expect(() => renderKeepalived('id-1', [strange])).toThrow('is neither an address nor an interface')
    expect(() => renderKeepalived('id-1', [{ ...four, address: '192.0.2.10 }' }])).toThrow('neither an address')
  })
})

const ids = fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 200 })
const memberOf = (id: string, at: number) => ({
  id,
  name: id,
  interface: 'eth0',
  address: `10.0.${at >> 8}.${at & 255}`,
})

describe('of any number of nodes', () => {
  test('no two have the same priority, all are such as VRRP takes, and the preferred one has the highest', () => {
    fc.assert(
      fc.property(ids, fc.nat(), fc.boolean(), (given, at, isPreferring) => {
        const preferred = isPreferring ? given[at % given.length] : undefined
        const vip: Vip = { ...four, members: given.map(memberOf), ...(preferred === undefined ? {} : { preferred }) }
        const priorities = given.map((id) => priorityOf(vip, id))
        expect(new Set(priorities).size).toBe(given.length)
        expect(Math.min(...priorities)).toBeGreaterThanOrEqual(1)
        expect(Math.max(...priorities)).toBeLessThanOrEqual(254)
        expect(priorityOf(vip, preferred ?? given[0] ?? '')).toBe(Math.max(...priorities))
      }),
    )
  })

  test('one alone takes an address back, where one is preferred, and nobody where none is', () => {
    fc.assert(
      fc.property(ids, fc.nat(), fc.boolean(), (given, at, isPreferring) => {
        const preferred = isPreferring ? given[at % given.length] : undefined
        const vip: Vip = { ...four, members: given.map(memberOf), ...(preferred === undefined ? {} : { preferred }) }
        const taking = given.filter((id) => !(renderKeepalived(id, [vip]) ?? '').includes('nopreempt'))
        expect(taking).toEqual(preferred === undefined ? [] : [preferred])
      }),
      { numRuns: 20 },
    )
  })

  test('each speaks to all others and not to itself', () => {
    fc.assert(
      fc.property(ids, (given) => {
        const vip: Vip = { ...four, members: given.map(memberOf) }
        const [own, ...others] = vip.members
        const text = renderKeepalived(own?.id ?? '', [vip]) ?? ''
        const [, block = ''] = /unicast_peer \{\n([^}]*)\}/.exec(text) ?? []
        expect(block.trim().split(/\s+/)).toEqual(others.map(({ address }) => address))
      }),
      { numRuns: 20 },
    )
  })
})

describe('numbers of virtual routers', () => {
  test('are the same whenever they are chosen, and no two addresses have one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.ipV4(), { maxLength: 64 }), (addresses) => {
        const vips: { routerId: number }[] = []
        for (const address of addresses) {
          const routerId = chooseRouterId(address, vips)
          expect(chooseRouterId(address, vips)).toBe(routerId)
          vips.push({ routerId })
        }
        const numbers = vips.map(({ routerId }) => routerId)
        expect(new Set(numbers).size).toBe(addresses.length)
        expect(numbers.every((number) => number >= 1 && number <= 255)).toBe(true)
      }),
    )
  })
})
