import type { Allowed } from './file/parse-allow.ts'
import { parseNetwork } from './file/network.ts'

/** The one table that is ours (nft(8)); no other is ever looked at or touched. */
export const table = 'inet atoll'
export const chain = 'input'

/** Its number: a server has its name only where /etc/protocols says it. */
export const vrrp = '112'

export interface Openings {
  readonly allowed: readonly Allowed[]
  /** At which we came in. */
  readonly sshPort: number
  /** Addresses of the other nodes. */
  readonly peers: readonly string[]
}

/**
 * Statements for what comes in, in order; what none of them lets in is dropped. Spelled as `readRules` reads them back, so that
 * drift is seen by comparing. Docker sends what is for containers another way (forward), which this chain does not see.
 */
export const renderRules = ({ allowed, sshPort, peers }: Openings): readonly string[] => [
  'meta iif lo accept',
  'ct state { established, related } accept',
  'meta l4proto { icmp, ipv6-icmp } accept',
  // Answers to a request for an address (DHCPv6) come from another port than was asked.
  'ip6 saddr fe80::/10 udp dport 546 accept',
  `tcp dport ${sshPort} accept`,
  ...renderPeers(peers),
  ...allowed.map(renderAllowed),
]

/** How nodes of a Swarm speak to each other; ESP is for overlay networks that are encrypted, VRRP for virtual addresses. */
const clusterStatements = [
  'tcp dport { 2377, 7946 }',
  'udp dport { 4789, 7946 }',
  'meta l4proto esp',
  `meta l4proto ${vrrp}`,
]

const renderPeers = (peers: readonly string[]): readonly string[] =>
  (['ip', 'ip6'] as const).flatMap((family) => {
    const texts = peers.flatMap((peer) => parseNetwork(peer) ?? []).filter((network) => network.family === family)
    const sorted = [...new Set(texts.map(({ text }) => text))].toSorted()
    return sorted.length === 0
      ? []
      : clusterStatements.map((open) => `${family} saddr ${renderSet(sorted)} ${open} accept`)
  })

const renderAllowed = ({ protocol, ports, from }: Allowed): string =>
  `${from === undefined ? '' : `${from.family} saddr ${from.text} `}${protocol} dport ${ports} accept`

/** A set of one is no set to nft(8). */
export const renderSet = (items: readonly string[]): string => {
  const sorted = [...new Set(items)].toSorted()
  return sorted.length === 1 ? (sorted[0] ?? '') : `{ ${sorted.join(', ')} }`
}

/** What nft(8) loads in one transaction: our table anew, or none. */
export const renderTable = (rules: readonly string[] | undefined): string => {
  // Adding one that is there is no mistake to nft, removing one that is not is.
  const away = `add table ${table}\ndelete table ${table}\n`
  if (rules === undefined) return away
  const lines = ['type filter hook input priority filter; policy drop;', ...rules].map((line) => `    ${line}\n`)
  return `${away}table ${table} {\n  chain ${chain} {\n${lines.join('')}  }\n}\n`
}
