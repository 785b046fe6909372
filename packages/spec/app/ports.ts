import type { Port } from '../app.ts'
import { defined } from './defined.ts'
import { at, isWritten, itemsOf, numberOf, refuse, textOf, type Source } from './source.ts'

/** Published ports, sorted. */
export const portsOf = (service: Source): readonly Port[] => {
  const ports = new Map<string, Port>()
  for (const source of itemsOf(at(service, 'ports'))) {
    const port = portOf(source)
    if (port !== undefined) ports.set(sortKeyOf(port), port)
  }
  return [...ports.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port)
}

const sortKeyOf = ({ target, published, protocol }: Port): string =>
  [target, published ?? 0].map((port) => String(port).padStart(5, '0')).join(' ') + protocol

const portOf = (source: Source): Port | undefined => {
  const target = numberOf(at(source, 'target'))
  if (target === undefined) return refuse(source, 'says no target port', 'write PUBLISHED:TARGET')
  checkAddress(at(source, 'host_ip'))
  return defined({
    target,
    published: publishedOf(at(source, 'published')),
    protocol: protocolOf(at(source, 'protocol')),
    mode: modeOf(at(source, 'mode')),
  })
}

const publishedOf = (source: Source): number | undefined => {
  const text = textOf(source) ?? ''
  if (text === '' || text === '0') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  return refuse(source, `${text} is more than one port for one target`, 'choose one, or leave it out')
}

const protocolOf = (source: Source): Port['protocol'] => {
  const protocol = textOf(source)?.toLowerCase() ?? 'tcp'
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return protocol
  refuse(source, `the protocol ${protocol} cannot be published`, 'use tcp, udp or sctp')
  return 'tcp'
}

/**
 * Loading gives every port `mode: ingress`, as compose-go does. Only one that a person wrote is meant: the routing mesh
 * hides the client's address and needs IPVS.
 */
const modeOf = (source: Source): Port['mode'] =>
  textOf(source) === 'ingress' && isWritten(source) ? 'ingress' : 'host'

const everyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::', '[::]'])

/** Swarm publishes on every address of a node: what was meant for 127.0.0.1 would stand open to the world. */
const checkAddress = (source: Source): void => {
  const address = textOf(source) ?? ''
  if (everyAddress.has(address)) return
  const hint = 'leave out the address, or do not publish the port: services reach each other without'
  refuse(source, `the port would be open on every address of the node, not on ${address} alone`, hint)
}
