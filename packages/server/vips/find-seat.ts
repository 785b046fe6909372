import { parseNetwork } from '../declared/file/network.ts'
import type { Interface } from './observe-vip-host.ts'
import type { Vip } from './vip.ts'

/** Where a server has an address of its own in the network of a virtual one. */
export interface Seat {
  readonly interface: string
  readonly address: string
}

type Wanted = Pick<Vip, 'address' | 'prefixLength' | 'interface'>

/**
 * Where a server could hold an address: undefined where it has none of its own in that network. What is virtual itself (`others`) is
 * no address of its own. Pure.
 */
export const findSeat = (
  wanted: Wanted,
  interfaces: readonly Interface[],
  others: readonly string[],
): Seat | undefined => {
  const network = networkOf(wanted.address, wanted.prefixLength)
  const seats = interfaces
    .filter(({ name }) => wanted.interface === undefined || name === wanted.interface)
    .flatMap(({ name, addresses }) =>
      addresses
        .filter((address) => address !== wanted.address && !others.includes(address))
        .map((address) => ({ interface: name, address })),
    )
  return seats.find(({ address }) => networkOf(address, wanted.prefixLength) === network)
}

const networkOf = (address: string, prefixLength: number): string | undefined =>
  parseNetwork(`${address}/${prefixLength}`)?.text

/** An address with the length of its network, spelled as `ip` does: `192.0.2.10/24`. Undefined for what is none. */
export const parseVip = (text: string): Pick<Vip, 'address' | 'prefixLength'> | undefined => {
  const [given = '', prefix = '', ...more] = text.split('/')
  const address = parseNetwork(given)
  const width = address?.family === 'ip' ? 32 : 128
  const prefixLength = /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0
  if (address === undefined || more.length > 0 || prefixLength < 1 || prefixLength >= width) return undefined
  return { address: address.text, prefixLength }
}

/** The network itself and its broadcast address are nobody's. IPv4 below /31 (RFC 3021). Pure. */
export const isHost = ({ address, prefixLength }: Pick<Vip, 'address' | 'prefixLength'>): boolean => {
  if (address.includes(':')) return networkOf(address, prefixLength) !== `${address}/${prefixLength}`
  if (prefixLength === 31) return true
  const bits = address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
  const rest = bits & ((1n << BigInt(32 - prefixLength)) - 1n)
  return rest !== 0n && rest !== (1n << BigInt(32 - prefixLength)) - 1n
}
