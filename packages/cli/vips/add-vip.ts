import { applyKeepalived, asksIngress, findNeighbour, installKeepalived, renderKeepalived } from '@atoll/server/vips'
import type { KeptVips, Vip } from '@atoll/server/vips'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { forEachAtOnce } from '../servers/each.ts'
import type { Steps } from '../servers/lay-ground.ts'
import { chooseMembers, planVip, requireFree } from './plan-vip.ts'
import type { VipRequest } from './plan-vip.ts'
import { proveVip } from './prove-vip.ts'
import { isReached, reachNodes, whyMissed } from './reach-nodes.ts'
import type { Reached, ReachedNode, Way } from './reach-nodes.ts'

export interface VipWork extends Way {
  readonly cluster: Pick<Cluster, 'nodes' | 'vips' | 'changeVips'>
  readonly steps: Steps
}

export interface AddedVip {
  readonly vip: Vip
  /** Name of the node that has it now. */
  readonly holder: string
}

/**
 * A virtual address on nodes: looked at, written down, applied and proven; whatever fails on the way takes all of it back. Throws
 * UsageError, CommandError `too-few`, `node-away`, `not-reached`, `unfit`, `taken`, `not-proven`, ServerError.
 */
export const addVip = async (cli: Cli, work: VipWork, request: VipRequest): Promise<AddedVip> => {
  const { cluster, steps } = work
  steps.onStep('ask the cluster for its nodes')
  const [kept, nodes] = await Promise.all([cluster.vips(cli.signal), cluster.nodes(cli.signal)])
  requireFree(kept.vips, nodes, request)
  const chosen = chooseMembers(nodes, request)
  steps.onStep(`look at ${chosen.map(({ name }) => name).join(', ')}`)
  const members = requireReached(await reachNodes(cli, chosen, work), `add ${request.address}`)
  const vip = await requireFit(kept.vips, members, request)
  steps.onStep(`ask the network whether somebody has ${vip.address}`)
  await requireNobody(vip, members)
  const written = await cluster.changeVips({ ...kept, vips: [...kept.vips, vip] }, cli.signal)
  try {
    return { vip, holder: await begin(cli, { work, members, kept: written }, vip) }
  } catch (error) {
    steps.onStep(`take ${vip.address} back`)
    await takeBack({ work, members, kept: { ...written, vips: kept.vips } }, vip)
    throw error
  }
}

/** CommandError `not-reached`, with each that was not. */
export const requireReached = (all: readonly Reached[], doing: string): readonly ReachedNode[] => {
  const missed = all.flatMap((each) => (isReached(each) ? [] : [`${each.node.name}: ${whyMissed(each)}`]))
  if (missed.length === 0) return all.filter(isReached)
  throw new CommandError('not-reached', `${doing}: ${missed.join('; ')}`, {
    hint: 'we log in as root at the addresses of nodes; --on %n takes their names as Hosts of ssh, --identity another key',
  })
}

const requireFit = async (vips: readonly Vip[], members: readonly ReachedNode[], request: VipRequest): Promise<Vip> => {
  const { vip, obstacles } = planVip(vips, members, request)
  const answers = await forEachAtOnce(members, ({ place }) => asksIngress(place))
  const silent = members
    .filter((_, at) => answers[at] !== true)
    .map(({ node }) => `${node.name}: no ingress answers at its port 80`)
  const all = [...obstacles, ...silent]
  if (all.length === 0) return vip
  throw new CommandError('unfit', `add ${vip.address}: ${all.join('; ')}`, {
    hint: 'mend that, or name the nodes that are fit with --node; nothing was changed',
  })
}

/** Asked from one alone: all are in the same network. */
const requireNobody = async ({ address, members }: Vip, [first]: readonly ReachedNode[]): Promise<void> => {
  const device = members[0]?.interface
  if (first === undefined || device === undefined) return
  const neighbour = await findNeighbour(first.place, { address, device })
  if (neighbour === undefined) return
  throw new CommandError(
    'taken',
    `add ${address}: ${neighbour} on the network of ${device} of ${first.node.name} has it`,
    {
      hint: 'take an address that nobody has, and that is not given out by DHCP; nothing was changed',
    },
  )
}

interface Begun {
  readonly work: VipWork
  readonly members: readonly ReachedNode[]
  readonly kept: KeptVips
}

/** The package on all at once, then one after the other in their order, so that the first has it first. */
const begin = async (cli: Cli, { work, members, kept }: Begun, vip: Vip): Promise<string> => {
  const { steps } = work
  const ids = vip.preferred === undefined ? [] : [vip.preferred]
  const ordered = members.toSorted((a, b) => Number(ids.includes(b.node.id)) - Number(ids.includes(a.node.id)))
  steps.onStep('install keepalived where it is missing')
  await forEachAtOnce(members, ({ place }) => installKeepalived(place, { onLine: steps.onLine }))
  for (const { node, place } of ordered) {
    steps.onStep(`${node.name}: give it ${vip.address}`)
    await applyKeepalived(place, renderKeepalived(node.id, kept.vips))
  }
  steps.onStep(`prove that ${vip.address} answers`)
  return proveVip({ vip, members }, cli.signal)
}

const takeBackMs = 60_000

/** Also when we have been told to stop. A server that fails here as well is told of by "atoll vip ls". */
const takeBack = async ({ work, members, kept }: Begun, { address }: Vip): Promise<void> => {
  const signal = AbortSignal.timeout(takeBackMs)
  const taken = await forEachAtOnce(members, ({ node, place }) =>
    applyKeepalived({ ...place, signal }, renderKeepalived(node.id, kept.vips)).then(
      () => [],
      () => [node.name],
    ),
  )
  const left = taken.flat()
  if (left.length === 0) await work.cluster.changeVips(kept, signal)
  else
    work.steps.onNote(`${left.join(', ')} could not be cleared: "atoll vip rm ${address}" does it once that is mended`)
}
