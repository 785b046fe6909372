/** A virtual address: one of a network that several nodes share, held by one of them at a time. */
export interface Vip {
  /** As `ip` prints it: `192.0.2.10`, `2001:db8::10`. */
  readonly address: string
  /** Of the network it is in, which every member has an address of its own in. */
  readonly prefixLength: number
  /** Of VRRP, 1 to 255; no two of a cluster have the same. */
  readonly routerId: number
  /** True: every node of the cluster is to be a member, also one that is added later. */
  readonly isEveryNode: boolean
  /** Only this interface, on every member; absent: the one with an address in the network. */
  readonly interface?: string
  /** Id of the member it goes back to whenever that can have it. */
  readonly preferred?: string
  /** The first can have it before the second, and so on. */
  readonly members: readonly VipMember[]
}

/** A node that may hold it, as it was when it was last applied. */
export interface VipMember {
  /** Of the node. */
  readonly id: string
  readonly name: string
  readonly interface: string
  /** Its own address in the network, by which the members speak to each other. */
  readonly address: string
}

/** Priorities of VRRP end there, and each member has its own. */
export const mostMembers = 200
/** Of a cluster: each is an instance that sends once a second. */
export const mostVips = 64
