import { isHolding, isSame, renderKeepalived } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import type { HeldNode } from '@atoll/plan'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { listConcerned } from './apply-vips.ts'
import { isReached, reachNodes, whyMissed } from './reach-nodes.ts'
import type { Reached, Way } from './reach-nodes.ts'
import { findNode, settleVips } from './settle-vips.ts'

export interface SeenVip extends Vip {
  /** Names of the nodes that have it: one, if all is well. */
  readonly holders: readonly string[]
  /** When its holder took it, by the clock there; absent where nobody or several have it. */
  readonly tookAtMs?: number
  /** What is not as it should be. */
  readonly drift: readonly string[]
}

/** Every address with who has it now, asked of the nodes themselves. */
export const lookAtVips = async (
  cli: Cli,
  { cluster, ...way }: Way & { readonly cluster: Pick<Cluster, 'nodes' | 'vips'> },
): Promise<readonly SeenVip[]> => {
  const { vips } = await cluster.vips(cli.signal)
  if (vips.length === 0) return []
  const nodes = await cluster.nodes(cli.signal)
  const reached = await reachNodes(cli, listConcerned(vips, nodes), way)
  return judgeVips(vips, { nodes, reached })
}

interface World {
  readonly nodes: readonly HeldNode[]
  readonly reached: readonly Reached[]
}

/** Pure. */
const judgeVips = (vips: readonly Vip[], { nodes, reached }: World): readonly SeenVip[] => {
  const settled = settleVips(vips, { nodes, reached }).vips
  return vips.map((vip, at) => {
    const holding = reached.filter(isReached).filter(({ host }) => isHolding(host, vip.address))
    const tookAtMs = holding.length === 1 ? holding[0]?.host.tookAtMs[vip.address] : undefined
    const holders = holding.map(({ node }) => node.name)
    const drift = [
      ...tellHolders(holders),
      ...tellMembers(vip, settled[at] ?? vip, nodes),
      ...reached.flatMap((each) => tellNode(each, { vip, vips })),
    ]
    return { ...vip, holders, ...(tookAtMs === undefined ? {} : { tookAtMs }), drift }
  })
}

const tellHolders = (holders: readonly string[]): readonly string[] => {
  if (holders.length === 0) return ['nobody has it, as far as nodes were reached']
  return holders.length === 1 ? [] : [`${holders.join(' and ')} have it at once: they do not hear each other`]
}

const tellMembers = (vip: Vip, now: Vip, nodes: readonly HeldNode[]): readonly string[] => [
  ...vip.members
    .filter((member) => findNode(nodes, member) === undefined)
    .map(({ name }) => `${name} is no node of the cluster any more`),
  ...now.members.filter((member) => findMember(vip, member) === undefined).map(({ name }) => `${name} is new`),
  ...now.members.flatMap((member) => {
    const before = findMember(vip, member)
    if (before === undefined || (before.interface === member.interface && before.address === member.address)) return []
    return [
      `${member.name} is ${member.address} on ${member.interface} now, not ${before.address} on ${before.interface}`,
    ]
  }),
]

const findMember = ({ members }: Vip, { id, name }: { readonly id: string; readonly name: string }) =>
  members.find((member) => member.id === id) ?? members.find((member) => member.name === name)

const tellNode = (
  each: Reached,
  { vip, vips }: { readonly vip: Vip; readonly vips: readonly Vip[] },
): readonly string[] => {
  const { id, name } = each.node
  if (!vip.members.some((member) => member.id === id)) return []
  if (!isReached(each)) return [`${name} was not reached: ${whyMissed(each)}`]
  if (!isSame(each.host.configuration, renderKeepalived(id, vips)))
    return [`${name} has another configuration of keepalived`]
  return each.host.isRunning ? [] : [`${name} does not run keepalived`]
}
