import type { Reply } from '@atoll/api'
import { renderDuration } from './time.ts'

/** What the cluster does by itself, a line each. */
export const renderSettings = ({ managers, rebalance, ingress }: Reply<'getSettings'>): readonly string[] => [
  managers.isKept
    ? `managers: kept odd; one that is away for ${renderDuration(managers.graceMs)} is replaced`
    : 'managers: left as they are',
  rebalance.isAutomatic
    ? `rebalance: by itself, after nodes came back, were resumed or joined${rebalance.hours === '' ? '' : `, from ${rebalance.hours.replace('-', ' to ')} UTC`}`
    : 'rebalance: only told in "atoll status"',
  ingress.trustedProxies.length === 0
    ? 'proxies in front: none is believed; whoever connects to a node is the client'
    : `proxies in front: ${ingress.trustedProxies.join(', ')} are believed when they say who asks`,
]
