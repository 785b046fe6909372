import { setTimeout as delay } from 'node:timers/promises'
import { applyKeepalived, isHolding, renderKeepalived } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import type { Cli } from '../cli.ts'
import { CommandError, UsageError } from '../errors.ts'
import { forEachAtOnce } from '../servers/each.ts'
import { requireReached } from './add-vip.ts'
import type { VipWork } from './add-vip.ts'
import { isReached, lookAgain, reachNodes } from './reach-nodes.ts'
import type { ReachedNode } from './reach-nodes.ts'
import { findNode } from './settle-vips.ts'

export interface RemovedVip {
  readonly address: string
  /** Names of members that were not reached, or are no nodes any more: what they had is still there. */
  readonly left: readonly string[]
}

/**
 * Takes a virtual address from its nodes, then from what is written down. Throws UsageError when there is none, CommandError
 * `not-reached` unless it is forced, `still-there`.
 */
export const removeVip = async (
  cli: Cli,
  work: VipWork,
  { address, isForced }: { readonly address: string; readonly isForced: boolean },
): Promise<RemovedVip> => {
  const { cluster, steps } = work
  steps.onStep('ask the cluster for its nodes')
  const [kept, nodes] = await Promise.all([cluster.vips(cli.signal), cluster.nodes(cli.signal)])
  const vip = getVip(kept.vips, address)
  const vips = kept.vips.filter((each) => each !== vip)
  const present = vip.members.flatMap((member) => findNode(nodes, member) ?? [])
  const all = await reachNodes(cli, present, work)
  const reached = isForced ? all.filter(isReached) : requireReached(all, `remove ${address}`)
  steps.onStep(`take ${address} from ${reached.map(({ node }) => node.name).join(', ')}`)
  await forEachAtOnce(reached, ({ node, place }) => applyKeepalived(place, renderKeepalived(node.id, vips)))
  await awaitGone(address, reached, cli.signal)
  await cluster.changeVips({ ...kept, vips }, cli.signal)
  const done = reached.map(({ node }) => node)
  const left = vip.members.filter((member) => findNode(done, member) === undefined).map(({ name }) => name)
  return { address, left }
}

const getVip = (vips: readonly Vip[], address: string): Vip => {
  const found = vips.find((vip) => vip.address === address)
  if (found !== undefined) return found
  const known = vips.length === 0 ? 'there is none' : `there are ${vips.map((vip) => vip.address).join(', ')}`
  throw new UsageError(`remove ${address}: it is no virtual address of this cluster`, known)
}

const longestMs = 20_000
const everyMs = 250

const awaitGone = async (address: string, reached: readonly ReachedNode[], signal: AbortSignal): Promise<void> => {
  const untilMs = performance.now() + longestMs
  for (;;) {
    const holders = (await lookAgain(reached)).filter(({ host }) => isHolding(host, address))
    if (holders.length === 0) return
    if (performance.now() > untilMs) {
      const names = holders.map(({ node }) => node.name).join(', ')
      throw new CommandError('still-there', `remove ${address}: ${names} has it still after ${longestMs / 1_000} s`, {
        hint: 'does keepalived run there? "ip address del" takes it away; then the same again',
      })
    }
    await delay(everyMs, undefined, { signal })
  }
}
