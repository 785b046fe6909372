import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIpAddress } from './ip-address.ts'

describe('isIpAddress', () => {
  it.each(['127.0.0.1', '0.0.0.0', '255.255.255.255', '::', '::1', '1::', 'fe80::1', '2001:db8::8a2e:370:7334'])(
    '%s is one',
    (text) => expect(isIpAddress(text)).toBe(true),
  )

  it.each(['::ffff:10.0.0.1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:10.0.0.1', '1:2:3:4:5:6:7::'])('%s is one', (text) =>
    expect(isIpAddress(text)).toBe(true),
  )

  it.each(['', '1.2.3', '1.2.3.4.', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', 'host', ':', ':::', '1::2::3', '12345::'])(
    '%j is none',
    (text) => expect(isIpAddress(text)).toBe(false),
  )

  it.each(['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8::', 'fe80::1%eth0', '[::1]', '10.0.0.1::', '::1:'])(
    '%j is none',
    (text) => expect(isIpAddress(text)).toBe(false),
  )

  it('agrees with the sockets of Node.js', () => {
    const part = fc.constantFrom(':', '::', '.', '0', '1', '255', '256', 'ff', 'ffff', '10.0.0.1')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(isIpAddress(text)).toBe(isIP(text) !== 0)
        },
      ),
    )
  })
})
