import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ObservedNode } from '@atoll/plan'

/** A name people reach the nodes by, and what is to be done until they do. */
export interface KnownName {
  readonly name: string
  readonly trouble?: string
}

/**
 * Looks from here whether names lead to nodes. What leads elsewhere may be right, behind a balancer or a translated address; and
 * what cannot be looked up from here may be known to others.
 */
export const lookUpNames = (
  names: readonly string[],
  nodes: readonly Pick<ObservedNode, 'address'>[],
): Promise<readonly KnownName[]> => {
  const addresses = nodes.map(({ address }) => address).filter((address) => address !== '')
  return Promise.all(
    names.map(async (name) => {
      const trouble = isIP(name) === 0 ? await findTrouble(name, addresses) : undefined
      return { name, ...(trouble === undefined ? {} : { trouble }) }
    }),
  )
}

const findTrouble = async (name: string, addresses: readonly string[]): Promise<string | undefined> => {
  const remedy = `make a record that leads to ${addresses.join(', ')}`
  try {
    const found = (await lookup(name, { all: true })).map(({ address }) => address)
    if (found.some((address) => addresses.includes(address))) return undefined
    return `leads to ${found.join(', ')}, which is no node; unless that leads on to one, ${remedy}`
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return code === 'ENOTFOUND' ? `leads nowhere; ${remedy}` : `cannot be looked up from here (${code}); ${remedy}`
  }
}
