import { parseNetwork } from './network.ts'
import type { Network } from './network.ts'

/** One thing that comes in: a port or a range of them, from everywhere unless said. */
export interface Allowed {
  readonly protocol: 'tcp' | 'udp'
  /** `443` or `8000-8100`. */
  readonly ports: string
  readonly from?: Network
}

/** Of `443/tcp`, `8000-8100/udp`, `5432/tcp from 10.0.0.0/8`; undefined for what is none of them. */
export const parseAllow = (text: string): Allowed | undefined => {
  const [, first = '', last, protocol = '', source] =
    /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)(?: from (\S+))?$/.exec(text) ?? []
  const low = Number(first)
  const high = Number(last ?? first)
  if (first === '' || low < 1 || high > 65_535 || (last !== undefined && low >= high)) return undefined
  const from = source === undefined ? undefined : parseNetwork(source)
  if (source !== undefined && from === undefined) return undefined
  return {
    protocol: protocol === 'tcp' ? 'tcp' : 'udp',
    ports: last === undefined ? String(low) : `${low}-${high}`,
    ...(from === undefined ? {} : { from }),
  }
}
