import { isIP } from 'node:net'

export interface Network {
  readonly family: 'ip' | 'ip6'
  /** As nft(8) prints it: `10.0.0.0/8`, `203.0.113.7`, `2001:db8::/32`. */
  readonly text: string
}

/** An address, or a network in CIDR; what is beyond the prefix is taken away, as nft(8) does. Undefined for what is none. */
export const parseNetwork = (text: string): Network | undefined => {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || more.length > 0) return undefined
  const width = version === 4 ? 32 : 128
  const length = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (length < 0 || length > width) return undefined
  const bits = version === 4 ? readFour(address) : readSix(address)
  const shift = BigInt(width - length)
  const base = (bits >> shift) << shift
  const shown = version === 4 ? renderFour(base) : renderSix(base)
  return { family: version === 4 ? 'ip' : 'ip6', text: length === width ? shown : `${shown}/${length}` }
}

const readFour = (address: string): bigint => address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)

const renderFour = (bits: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.')

/** The parser of URLs writes every spelling of an address in one way. */
const readSix = (address: string): bigint => {
  const [left = '', right] = compress(address).split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n)
}

const renderSix = (bits: bigint): string =>
  compress(Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(':'))

const compress = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)
