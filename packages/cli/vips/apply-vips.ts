import { applyKeepalived, installKeepalived, isOurs, renderKeepalived } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import type { HeldNode } from '@atoll/plan'
import type { Cli } from '../cli.ts'
import { forEachAtOnce } from '../servers/each.ts'
import type { VipWork } from './add-vip.ts'
import { isReached, reachNodes, whyMissed } from './reach-nodes.ts'
import type { Reached, ReachedNode } from './reach-nodes.ts'
import { findNode, settleVips } from './settle-vips.ts'

export interface AppliedNode {
  readonly node: string
  readonly outcome: 'changed' | 'unchanged' | 'failed'
  /** Why it failed. */
  readonly trouble?: string
}

export interface AppliedVips {
  readonly vips: readonly Vip[]
  readonly nodes: readonly AppliedNode[]
  readonly notes: readonly string[]
}

/** Brings all nodes to the addresses they are to have, with the nodes there are by now. One that fails keeps no other from it. */
export const applyVips = async (cli: Cli, work: VipWork): Promise<AppliedVips> => {
  const { cluster, steps } = work
  steps.onStep('ask the cluster for its nodes')
  const [kept, nodes] = await Promise.all([cluster.vips(cli.signal), cluster.nodes(cli.signal)])
  const concerned = listConcerned(kept.vips, nodes)
  steps.onStep(`look at ${concerned.map(({ name }) => name).join(', ')}`)
  const reached = await reachNodes(cli, concerned, work)
  const { vips, notes } = settleVips(kept.vips, { nodes, reached })
  if (JSON.stringify(vips) !== JSON.stringify(kept.vips)) await cluster.changeVips({ ...kept, vips }, cli.signal)
  const applied = await forEachAtOnce(reached, (each) => applyTo(cli, { work, vips }, each))
  return { vips, nodes: applied, notes }
}

/** Members, and all nodes where each of them is meant. */
export const listConcerned = (vips: readonly Vip[], nodes: readonly HeldNode[]): readonly HeldNode[] => {
  if (vips.some(({ isEveryNode }) => isEveryNode)) return nodes.filter(({ isWitness }) => !isWitness)
  const members = vips.flatMap((vip) => vip.members.map((member) => findNode(nodes, member)))
  return nodes.filter((node) => members.includes(node))
}

interface Wanted {
  readonly work: VipWork
  readonly vips: readonly Vip[]
}

const applyTo = async (cli: Cli, { work, vips }: Wanted, each: Reached): Promise<AppliedNode> => {
  const { name: node } = each.node
  if (!isReached(each)) return { node, outcome: 'failed', trouble: whyMissed(each) }
  try {
    work.steps.onStep(`${node}: bring it to its addresses`)
    return { node, outcome: (await bring(work, vips, each)) ? 'changed' : 'unchanged' }
  } catch (error) {
    cli.signal.throwIfAborted()
    return { node, outcome: 'failed', trouble: error instanceof Error ? error.message : String(error) }
  }
}

const bring = async (work: VipWork, vips: readonly Vip[], { node, place, host }: ReachedNode): Promise<boolean> => {
  const wanted = renderKeepalived(node.id, vips)
  if (wanted !== undefined) {
    if (host.configuration.trim() !== '' && !isOurs(host.configuration)) {
      throw new Error("/etc/keepalived/keepalived.conf is somebody else's, and is left alone: move it away first")
    }
    await installKeepalived(place, { onLine: work.steps.onLine })
  }
  return applyKeepalived(place, wanted)
}
