import type { ServerAddress } from '@atoll/server'

/** Of a server's addresses the one that is most like those of the nodes it is to reach; a private one where none is. Pure. */
export const chooseAddress = (addresses: readonly ServerAddress[], nodes: readonly string[]): string | undefined => {
  const likeness = (address: string): number => Math.max(0, ...nodes.map((node) => countShared(address, node)))
  // Private ones come first, and sorting keeps the order of equals.
  return addresses.toSorted((a, b) => likeness(b.address) - likeness(a.address))[0]?.address
}

/** Numbers they have in common at their beginning. */
const countShared = (one: string, other: string): number => {
  const others = other.split('.')
  const differing = one.split('.').findIndex((number, at) => number !== others[at])
  return differing < 0 ? 4 : differing
}
