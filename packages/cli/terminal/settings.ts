import type { Reply } from '@atoll/api'
import { renderDuration } from './time.ts'

/** What the cluster does by itself, a line each. */
export const renderSettings = ({ managers, rebalance, ingress, streams }: Reply<'getSettings'>): readonly string[] => [
  managers.isKept
    ? `managers: kept odd; one that is away for ${renderDuration(managers.graceMs)} is replaced`
    : 'managers: left as they are',
  rebalance.isAutomatic
    ? `rebalance: by itself, after nodes came back, were resumed or joined${rebalance.hours === '' ? '' : `, from ${rebalance.hours.replace('-', ' to ')} UTC`}`
    : 'rebalance: only told in "atoll status"',
  ingress.trustedProxies.length === 0
    ? 'proxies in front: none is believed; whoever connects to a node is the client'
    : `proxies in front: ${ingress.trustedProxies.join(', ')} are believed when they say who asks${ingress.isProxyProtocolExpected ? ', and have to by the PROXY protocol' : ''}`,
  ingress.hasProbes
    ? 'probes: during a deployment every ingress asks the routes of the app once a second'
    : 'probes: off; a receipt says of visitors alone what they got',
  renderStreamPorts(streams.ports),
]

export const renderStreamPorts = (ports: readonly number[]): string =>
  ports.length === 0
    ? 'stream ports: none; routes of tcp and tls have 443 alone'
    : `stream ports: ${ports.join(', ')} of every node are for routes of tcp and tls`
