import { createHash } from 'node:crypto'

/** Prefix of all namespaces and cgroups, of all links, and of all firewall comments: leftovers are found by them alone. */
export const NAMESPACE_PREFIX = 'atoll-lab.'
const LINK_PREFIX = 'atl-'
export const RULE_PREFIX = 'atoll-lab:'
/** Stands in the environment of every process the lab starts on the machine. */
export const PROCESS_MARK = 'ATOLL_LAB_TAG'

const HASH_LENGTH = 6

/** Two homes may hold labs of one name; the hash of the folder keeps their kernel objects apart. */
export const labTag = (home: string, name: string): string =>
  `${name}.${createHash('sha256').update(labFolder(home, name)).digest('hex').slice(0, HASH_LENGTH)}`

export const labFolder = (home: string, name: string): string => `${home}/${name}`

const hashOf = (tag: string): string => tag.slice(-HASH_LENGTH)

// Link names have at most 15 characters, so only the hash stands in them.
export const bridgeName = (tag: string): string => `${LINK_PREFIX}${hashOf(tag)}`
export const linkName = (tag: string, number: number): string => `${bridgeName(tag)}-${number}`
export const namespaceName = (tag: string, node: string): string => `${NAMESPACE_PREFIX}${tag}.${node}`
export const namespacePath = (namespace: string): string => `/run/netns/${namespace}`
export const ruleComment = (tag: string): string => `${RULE_PREFIX}${tag}`

/** A host keeps its hardware address over a power cut, so that its neighbours' ARP entries stay true. */
export const macAddress = (subnetIndex: number, hostByte: number): string =>
  ['02', 'a7', '0a', 'e7', byteHex(subnetIndex), byteHex(hostByte)].join(':')

const byteHex = (value: number): string => value.toString(16).padStart(2, '0')

/** The lab's name in the tag that a namespace, a cgroup or a rule carries; undefined when it is not of this home. */
export const findLabName = (home: string, tag: string): string | undefined => {
  const name = tag.slice(0, -(HASH_LENGTH + 1))
  return name !== '' && labTag(home, name) === tag ? name : undefined
}
