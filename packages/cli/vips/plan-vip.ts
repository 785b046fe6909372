import type { HeldNode } from '@atoll/plan'
import { chooseRouterId, findSeat, isHolding, isOurs, mostMembers, mostVips } from '@atoll/server/vips'
import type { Vip, VipMember } from '@atoll/server/vips'
import { CommandError, UsageError } from '../errors.ts'
import type { ReachedNode } from './reach-nodes.ts'

export interface VipRequest {
  readonly address: string
  readonly prefixLength: number
  readonly interface?: string
  readonly routerId?: number
  /** Names or ids; every node when none is named. */
  readonly nodes: readonly string[]
  readonly prefer?: string
}

const isMeant = (node: HeldNode, given: string): boolean => node.id === given || node.name === given

/** A witness serves nobody. */
const canServe = (node: HeldNode): boolean => !node.isWitness

/**
 * The nodes that may hold an address, in the order in which they can have it. Pure. Throws UsageError for what is no node,
 * CommandError `too-few`, `node-away`.
 */
export const chooseMembers = (nodes: readonly HeldNode[], request: VipRequest): readonly HeldNode[] => {
  const { address, nodes: named, prefer } = request
  const doing = `add ${address}`
  const known = `the nodes are ${nodes.map(({ name }) => name).join(', ')}`
  const get = (given: string): HeldNode => {
    const found = nodes.filter((node) => isMeant(node, given))
    if (found.length === 1 && found[0] !== undefined) return found[0]
    throw new UsageError(`${doing}: ${given}: ${found.length === 0 ? 'no such node' : 'several nodes are so'}`, known)
  }
  const chosen = named.length === 0 ? nodes.filter(canServe) : [...new Set(named.map(get))]
  if (prefer !== undefined && !chosen.includes(get(prefer))) {
    throw new UsageError(`${doing}: --prefer ${prefer} is none of its nodes`, 'name it with --node too, or another one')
  }
  if (chosen.length < 2 || chosen.length > mostMembers) {
    throw new CommandError('too-few', `${doing}: it takes 2 to ${mostMembers} nodes, and these are ${chosen.length}`, {
      hint: chosen.length < 2 ? 'add a node first: "atoll node add"' : 'name those that are meant with --node',
    })
  }
  const away = chosen.filter(({ state }) => state !== 'ready').map(({ name, state }) => `${name} is ${state}`)
  if (away.length === 0) return chosen
  throw new CommandError('node-away', `${doing}: ${away.join(', ')}`, {
    hint: 'start it first, or name the others with --node',
  })
}

/** The number is free, and the address is nobody's of whom we know. Pure. UsageError. */
export const requireFree = (vips: readonly Vip[], nodes: readonly HeldNode[], request: VipRequest): void => {
  const { address, routerId } = request
  const owner = nodes.find((node) => node.address === address)
  if (owner !== undefined) throw new UsageError(`add ${address}: that is the address of ${owner.name} itself`, another)
  if (vips.some((vip) => vip.address === address)) {
    throw new UsageError(`add ${address}: it is one already`, `"atoll vip rm ${address}" first, to have it otherwise`)
  }
  const same = vips.find((vip) => vip.routerId === routerId)
  if (same !== undefined) {
    throw new UsageError(`add ${address}: ${same.address} has --router-id ${routerId}`, 'leave it out: one is chosen')
  }
  if (vips.length >= mostVips) throw new UsageError(`add ${address}: there are ${mostVips} already`, 'remove one first')
}

const another = 'take one of the network that nobody has'

/** What stands in the way on servers, a line each; and what the address would be. Pure. */
export const planVip = (
  vips: readonly Vip[],
  reached: readonly ReachedNode[],
  request: VipRequest,
): { readonly vip: Vip; readonly obstacles: readonly string[] } => {
  const { address, prefixLength, nodes, prefer, routerId = chooseRouterId(address, vips) } = request
  const looked = reached.map((each) => lookAt(each, { vips, request }))
  const preferred = reached.find(({ node }) => prefer !== undefined && isMeant(node, prefer))
  return {
    vip: {
      address,
      prefixLength,
      routerId,
      isEveryNode: nodes.length === 0,
      ...(request.interface === undefined ? {} : { interface: request.interface }),
      ...(preferred === undefined ? {} : { preferred: preferred.node.id }),
      members: looked.flatMap(({ member }) => member ?? []),
    },
    obstacles: looked.flatMap(({ obstacles }) => obstacles),
  }
}

interface Looked {
  readonly member?: VipMember
  readonly obstacles: readonly string[]
}

interface Around {
  readonly vips: readonly Vip[]
  readonly request: VipRequest
}

const lookAt = ({ node, host }: ReachedNode, { vips, request }: Around): Looked => {
  const { address, prefixLength, interface: wanted } = request
  const { id, name } = node
  const others = vips.map((vip) => vip.address)
  const seat = findSeat(request, host.interfaces, others)
  const has = host.interfaces.map((each) => each.name)
  const obstacles = [
    ...(host.configuration.trim() !== '' && !isOurs(host.configuration)
      ? [`${name}: /etc/keepalived/keepalived.conf is somebody else's, and is left alone`]
      : []),
    ...(isHolding(host, address) ? [`${name}: it has ${address} already`] : []),
    ...(wanted !== undefined && !has.includes(wanted)
      ? [`${name}: it has no interface ${wanted}; there are ${has.join(', ')}`]
      : seat === undefined
        ? [
            `${name}: no address of its own in the network of ${address}/${prefixLength} on ${wanted ?? 'any interface'}`,
          ]
        : []),
  ]
  return seat === undefined ? { obstacles } : { member: { id, name, ...seat }, obstacles }
}
