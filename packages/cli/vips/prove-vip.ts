import { setTimeout as delay } from 'node:timers/promises'
import { asksIngress, isHolding } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import { CommandError } from '../errors.ts'
import { forEachAtOnce } from '../servers/each.ts'
import { lookAgain } from './reach-nodes.ts'
import type { ReachedNode } from './reach-nodes.ts'

const usualMs = 60_000
const everyMs = 500

interface Proof {
  readonly vip: Vip
  readonly members: readonly ReachedNode[]
  /** How long it may take; a minute when not said. */
  readonly longestMs?: number
}

/**
 * Name of the node that holds an address, once one alone does and an ingress answers all others there. CommandError `not-proven` with
 * what is the matter.
 */
export const proveVip = async ({ vip, members, longestMs = usualMs }: Proof, signal: AbortSignal): Promise<string> => {
  const untilMs = performance.now() + longestMs
  for (;;) {
    const found = await lookForHolder(vip, members)
    if ('holder' in found) return found.holder
    if (performance.now() > untilMs) throw notProven(vip, found, longestMs)
    await delay(everyMs, undefined, { signal })
  }
}

interface Trouble {
  readonly trouble: string
  readonly hint: string
}

const lookForHolder = async (
  { address }: Vip,
  members: readonly ReachedNode[],
): Promise<{ readonly holder: string } | Trouble> => {
  const looked = await lookAgain(members)
  const [holder, ...more] = looked.filter(({ host }) => isHolding(host, address))
  if (holder === undefined) return noHolder
  const { name } = holder.node
  if (more.length > 0) return tooMany([name, ...more.map(({ node }) => node.name)])
  const others = looked.filter(({ node }) => node.id !== holder.node.id)
  const answers = await forEachAtOnce(others, ({ place }) => asksIngress(place, address))
  const deaf = others.filter((_, at) => answers[at] !== true).map(({ node }) => node.name)
  if (deaf.length === 0) return { holder: name }
  const hint = 'does the network let a server have an address beside its own? Clouds often do not'
  return { trouble: `${name} has it, and ${deaf.join(', ')} got no answer at port 80 there`, hint }
}

const noHolder: Trouble = {
  trouble: 'no node has taken it',
  hint: '"journalctl -u keepalived" or the system log of a node says why',
}

const tooMany = (names: readonly string[]): Trouble => ({
  trouble: `${names.join(' and ')} have it at once: they do not hear each other`,
  hint: 'let IP protocol 112 (VRRP) through between their addresses in that network',
})

const notProven = ({ address }: Vip, { trouble, hint }: Trouble, longestMs: number): CommandError =>
  new CommandError('not-proven', `prove ${address}: ${trouble}, after ${longestMs / 1_000} s`, { hint })
