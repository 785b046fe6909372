/**
 * Atoll's own address pool. Swarm's default pool is 10.0.0.0/8 in /24, of which about a hundred services use up one
 * network (moby#43052), and Docker's bridges are in 172.16.0.0/12. A /20 holds 4,094 addresses, half of them for tasks (`renderTaskRange`); there are
 * 1,024 here.
 */
export const ADDRESS_POOL = '10.64.0.0/10'
const SUBNET_PREFIX = 20
const SUBNET_ADDRESSES = 2 ** (32 - SUBNET_PREFIX)

interface Range {
  readonly first: number
  /** One past the last. */
  readonly end: number
}

const parseRange = (subnet: string): Range | undefined => {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(subnet)
  if (match === null) return undefined
  const size = 2 ** (32 - Number(match[5] ?? 32))
  const address = match.slice(1, 5).reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const first = address - (address % size)
  return { first, end: first + size }
}

const renderAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

/**
 * Where the engine takes addresses of tasks from: the lower half of a subnet. It knows nothing of containers that join a network
 * beside it, which ingresses do, and would give their addresses to tasks.
 */
export const renderTaskRange = (subnet: string): string => {
  const { first, prefix } = parseSubnet(subnet)
  return `${renderAddress(first)}/${prefix + 1}`
}

/** Of the upper half: the same number has the same place in every subnet, as far as that is large enough. */
export const chooseIngressAddress = (subnet: string, number: number): string => {
  const { first, prefix } = parseSubnet(subnet)
  const half = 2 ** (31 - prefix)
  // The last address of a subnet is everybody's.
  return renderAddress(first + half + (number % (half - 1)))
}

/** `10.64.0.9/20` -> the subnet it is in, and which of its addresses it is. */
export const locateAddress = (address: string): { readonly subnet: string; readonly number: number } => {
  const { first, prefix } = parseSubnet(address)
  const own = parseRange(address.split('/')[0] ?? '')?.first ?? first
  return { subnet: `${renderAddress(first)}/${prefix}`, number: own - first }
}

const parseSubnet = (text: string): { readonly first: number; readonly prefix: number } => ({
  first: parseRange(text)?.first ?? 0,
  prefix: Number(text.split('/')[1] ?? 32),
})

/**
 * The next /20 of the pool, from number `start` on and round, that overlaps nothing in use; undefined when all do. IPv6 and
 * garbage in `used` overlap nothing. Starting elsewhere each time keeps a subnet from being given out again while some node
 * still holds the network that had it: its tasks would be rejected with "Pool overlaps with other one".
 */
export const chooseSubnet = (used: readonly string[], start = 0): string | undefined => {
  const pool = parseRange(ADDRESS_POOL)
  if (pool === undefined) return undefined
  const taken = used.map(parseRange).filter((range) => range !== undefined)
  const count = (pool.end - pool.first) / SUBNET_ADDRESSES
  for (let tried = 0; tried < count; tried++) {
    const first = pool.first + ((start + tried) % count) * SUBNET_ADDRESSES
    const isFree = taken.every((range) => range.end <= first || range.first >= first + SUBNET_ADDRESSES)
    if (isFree) return `${renderAddress(first)}/${SUBNET_PREFIX}`
  }
  return undefined
}

export const isOverlapping = (one: string, other: string): boolean => {
  const [a, b] = [parseRange(one), parseRange(other)]
  return a !== undefined && b !== undefined && a.first < b.end && b.first < a.end
}

/** How much of the pool is in use. */
export const countSubnets = (used: readonly string[]): { readonly used: number; readonly total: number } => {
  const pool = parseRange(ADDRESS_POOL)
  if (pool === undefined) return { used: 0, total: 0 }
  const inside = used
    .map(parseRange)
    .filter((range) => range !== undefined)
    .filter((range) => range.first < pool.end && range.end > pool.first)
  const addresses = inside.reduce((sum, range) => sum + Math.max(SUBNET_ADDRESSES, range.end - range.first), 0)
  const total = (pool.end - pool.first) / SUBNET_ADDRESSES
  return { used: Math.min(total, addresses / SUBNET_ADDRESSES), total }
}
