import { z } from 'zod'

const address = z.union([z.ipv4(), z.ipv6()])
/** As the kernel takes it; it goes into a configuration of root's. */
const device = z.string().regex(/^[A-Za-z0-9][\w.-]{0,14}$/)
const nodeId = z.string().min(1).max(64)
const mostMembers = 200
const mostVips = 64

const member = z.strictObject({
  id: nodeId,
  name: z.string().min(1).max(253),
  interface: device.meta({ description: 'of the node, in the network of the address' }),
  address: address.meta({ description: "the node's own in that network, by which members speak to each other" }),
})

const vip = z.strictObject({
  address,
  prefixLength: z.int().min(1).max(127),
  routerId: z.int().min(1).max(255).meta({ description: 'of VRRP; no two are the same' }),
  isEveryNode: z.boolean().meta({ description: 'every node is to be a member, also one that is added later' }),
  interface: device.exactOptional(),
  preferred: nodeId.exactOptional().meta({ description: 'id of the member it goes back to' }),
  members: z.array(member).min(1).max(mostMembers),
})

const isUnique = (values: readonly (number | string)[]): boolean => new Set(values).size === values.length

export const vips = z.strictObject({
  vips: z
    .array(vip)
    .max(mostVips)
    .refine((all) => isUnique(all.map((each) => each.address)), 'names an address twice')
    .refine((all) => isUnique(all.map((each) => each.routerId)), 'gives two addresses the same routerId'),
})

/** Of a cluster that never had one the revision is 0. */
export const keptVips = z.object({ ...vips.shape, revision: z.number() })
