import type { HeldNode } from '@atoll/plan'
import { findSeat } from '@atoll/server/vips'
import type { Vip, VipMember } from '@atoll/server/vips'
import { isReached } from './reach-nodes.ts'
import type { Reached } from './reach-nodes.ts'

interface Settled {
  readonly vips: readonly Vip[]
  readonly notes: readonly string[]
}

/**
 * Addresses with the members they have by now: nodes that are gone are left out, those that came are taken in where every node is
 * meant, and names, interfaces and own addresses are those of today. A node that is not reached stays as it was. Pure.
 */
export const settleVips = (
  vips: readonly Vip[],
  { nodes, reached }: { readonly nodes: readonly HeldNode[]; readonly reached: readonly Reached[] },
): Settled => {
  const settled = vips.map((vip) => settle(vip, { vips, nodes, reached }))
  return { vips: settled.map(({ vip }) => vip), notes: settled.flatMap(({ notes }) => notes) }
}

interface Around {
  readonly vips: readonly Vip[]
  readonly nodes: readonly HeldNode[]
  readonly reached: readonly Reached[]
}

const settle = (
  vip: Vip,
  { vips, nodes, reached }: Around,
): { readonly vip: Vip; readonly notes: readonly string[] } => {
  const stayed = vip.members.flatMap((before) => {
    const node = findNode(nodes, before)
    return node === undefined ? [] : [{ node, before }]
  })
  const come = vip.isEveryNode
    ? nodes.filter((node) => !node.isWitness && !stayed.some((each) => each.node === node)).map((node) => ({ node }))
    : []
  const seated = [...stayed, ...come].map((each) => seatNode(each, vip, { vips, nodes, reached }))
  const kept = seated.flatMap((each) => (each.kind === 'member' ? [each] : []))
  const notes = seated.flatMap((each) => (each.kind === 'left-out' ? [each.note] : []))
  // Nobody at all is no list: what is written down stays, for whoever mends it.
  if (kept.length === 0) return { vip, notes: [...notes, `${vip.address}: none of its nodes is left`] }
  const { preferred: _, ...rest } = vip
  const preferred = kept.find(({ isPreferred }) => isPreferred)?.member.id
  const members = kept.map(({ member }) => member)
  return { vip: { ...rest, ...(preferred === undefined ? {} : { preferred }), members }, notes }
}

type Outcome =
  | { readonly kind: 'member'; readonly member: VipMember; readonly isPreferred: boolean }
  | { readonly kind: 'left-out'; readonly note: string }

const seatNode = ({ node, before }: Seated, vip: Vip, { vips, reached }: Around): Outcome => {
  const { id, name } = node
  const seen = reached.find((each) => each.node.id === id)
  const others = vips.map(({ address }) => address)
  const seat = seen === undefined || !isReached(seen) ? before : findSeat(vip, seen.host.interfaces, others)
  if (seat === undefined) {
    return { kind: 'left-out', note: `${name} has no address in the network of ${vip.address}: left out` }
  }
  const member = { id, name, interface: seat.interface, address: seat.address }
  return { kind: 'member', member, isPreferred: before !== undefined && before.id === vip.preferred }
}

interface Seated {
  readonly node: HeldNode
  /** Absent: it has come since. */
  readonly before?: VipMember
}

/** By the id; by the name where the cluster was restored, or the server joined anew. */
export const findNode = (
  nodes: readonly HeldNode[],
  { id, name }: Pick<VipMember, 'id' | 'name'>,
): HeldNode | undefined => nodes.find((node) => node.id === id) ?? nodes.find((node) => node.name === name)
