import { isIpAddress } from './ip-address.ts'
import { renderQuoted } from './parsed.ts'
import type { Parsed } from './parsed.ts'

/** A port as the canonical model holds it. `published` may be a range the engine chooses from: `8000-8010`. */
export type CanonicalPort = {
  readonly mode: 'ingress'
  readonly host_ip?: string
  readonly target: number
  readonly published?: string
  readonly protocol: string
}

interface Range {
  readonly first: number
  readonly last: number
}

const MAX_PORT = 65_535

/**
 * Reads the short form of a port, `[[HOST_IP:]PUBLISHED:]TARGET[/PROTOCOL]` with ranges on both sides, as
 * docker/go-connections' nat.ParsePortSpec and compose-go do: one entry for each target, sorted as text.
 */
export const parsePort = (short: string | number): Parsed<readonly CanonicalPort[]> => {
  const text = String(short)
  const { hostIp, published, target, protocol } = splitPort(text)
  if (target === '') return portError(text, 'names no container port')
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) return portError(text, 'has a protocol that is not tcp, udp or sctp')
  if (hostIp !== '' && !isIpAddress(hostIp))
    return portError(text, `has an address that is none: ${renderQuoted(hostIp)}`)
  const targets = findRange(target)
  if (targets === undefined) return portError(text, `has a container port that is none: ${renderQuoted(target)}`)
  const hosts = published === '' ? undefined : findRange(published)
  if (published !== '' && hosts === undefined)
    return portError(text, `has a published port that is none: ${renderQuoted(published)}`)
  if (hosts !== undefined && targets.first !== targets.last && sizeOf(hosts) !== sizeOf(targets)) {
    return portError(text, 'publishes a range on one of another length')
  }
  const ports = Array.from({ length: sizeOf(targets) }, (_, index): CanonicalPort => ({
    mode: 'ingress',
    ...(hostIp === '' ? {} : { host_ip: hostIp }),
    target: targets.first + index,
    ...(hosts === undefined ? {} : { published: renderPublished(hosts, targets, index) }),
    protocol,
  }))
  return { kind: 'ok', value: ports.sort((a, b) => (String(a.target) < String(b.target) ? -1 : 1)) }
}

const splitPort = (text: string): Readonly<Record<'hostIp' | 'published' | 'target' | 'protocol', string>> => {
  const parts = text.split(':')
  const [target = '', protocol = ''] = (parts.pop() ?? '').split(/\/(.*)/s)
  const published = parts.pop() ?? ''
  const hostIp = parts.join(':').replace(/^\[([^\]]*)\]$/, '$1')
  return { hostIp, published, target, protocol: protocol === '' ? 'tcp' : protocol.toLowerCase() }
}

const findRange = (text: string): Range | undefined => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const first = Number(match[1])
  const last = Number(match[2] ?? match[1])
  return first <= last && last <= MAX_PORT ? { first, last } : undefined
}

const sizeOf = ({ first, last }: Range): number => last - first + 1

/** Of a single target the engine chooses one of the published range. */
const renderPublished = (hosts: Range, targets: Range, index: number): string =>
  targets.first === targets.last && hosts.first !== hosts.last
    ? `${hosts.first}-${hosts.last}`
    : String(hosts.first + index)

const portError = (text: string, reason: string): Parsed<never> => ({
  kind: 'error',
  message: `port ${renderQuoted(text)} ${reason}; write for example "8080:80" or "127.0.0.1:8080:80/tcp"`,
})
