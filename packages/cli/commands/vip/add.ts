import { isHost, parseVip } from '@atoll/server/vips'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { proposeNodes } from '../../parameters.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { renderAddedVip } from '../../terminal/vips.ts'
import { addVip } from '../../vips/add-vip.ts'
import type { VipRequest } from '../../vips/plan-vip.ts'
import { loginsOf, vipFlags } from '../../vips/vip-flags.ts'
import type { VipFlags } from '../../vips/vip-flags.ts'

type Flags = VipFlags & {
  readonly interface?: string
  readonly node?: readonly string[]
  readonly prefer?: string
  readonly routerId?: number
}

type Wanted = Pick<VipRequest, 'address' | 'prefixLength'>

export const command = defineCommand<Flags, [address: Wanted]>({
  description: `Gives nodes one address more, of a network that they share, which one of them has at a time: when that loses its power,
its network or its ingress, another has it some seconds later. For names that lead to one address, in an office or a data centre. Most
clouds do not let addresses move this way.

Logs in to each node by ssh as root, looks, installs keepalived from the distribution where it is missing, and proves that the address
answers before it says so; when anything fails all of it is taken back. Without --node it is for every node, but witnesses. A node that
is added later is told of by "atoll vip ls", and taken in by "atoll vip apply".

An address stays where it is until that node fails; with --prefer it goes back to one, half a minute after that can have it.`,
  usage: 'ADDRESS/PREFIX [--interface NAME] [--node NODE]... [--prefer NODE]',
  examples: [
    ['atoll vip add 192.0.2.10/24', 'on every node, at whichever interface is in that network'],
    ['atoll vip add 192.0.2.10/24 --node node-1 --node node-2 --prefer node-1', 'on two, and on the first if it can'],
    ['atoll vip add 2001:db8::10/64 --interface eth1', 'of IPv6, at that interface'],
  ],
  parameters: {
    flags: {
      ...vipFlags,
      interface: {
        kind: 'parsed',
        parse: parseInterface,
        optional: true,
        brief: 'Interface of the nodes; the one that is in the network when not said',
        placeholder: 'name',
      },
      node: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Node that may have it; repeat for more, at least two. Every node when none is named',
        placeholder: 'name',
        proposeCompletions: proposeNodes,
      },
      prefer: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Node it goes back to whenever that can have it',
        placeholder: 'name',
        proposeCompletions: proposeNodes,
      },
      routerId: {
        kind: 'parsed',
        parse: parseRouterId,
        optional: true,
        brief: 'Number of the virtual router (VRRP), 1 to 255; chosen when not said',
        placeholder: 'number',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseAddress, brief: 'Address with the length of its network', placeholder: 'address' }],
    },
  },
  run: async (cli, flags, wanted) => {
    const { interface: device, node = [], prefer, routerId } = flags
    const request: VipRequest = {
      ...wanted,
      nodes: node,
      ...(device === undefined ? {} : { interface: device }),
      ...(prefer === undefined ? {} : { prefer }),
      ...(routerId === undefined ? {} : { routerId }),
    }
    await using connection = await openCluster(cli, flags)
    await using stack = new AsyncDisposableStack()
    using steps = followSteps(cli, { asJson: flags.json })
    const work = { cluster: connection.cluster, loginFor: loginsOf(cli, flags), stack, steps }
    const added = await addVip(cli, work, request)
    steps[Symbol.dispose]()
    const line = flags.json ? JSON.stringify({ kind: 'added', ...added }) : renderAddedVip(added, cli.stdout.palette)
    cli.stdout.write(`${line}\n`)
    return exitStatus.good
  },
})

function parseAddress(text: string): Wanted {
  const wanted = parseVip(text)
  if (wanted === undefined) {
    throw new UsageError(`"${text}" is no address with the length of its network`, 'write it as 192.0.2.10/24')
  }
  if (isHost(wanted)) return wanted
  throw new UsageError(`"${text}" is the network itself, or its broadcast address`, 'take one in between')
}

function parseInterface(text: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,14}$/.test(text)) return text
  throw new UsageError(`--interface "${text}" is no name of an interface`, '"ip address" on a node shows them')
}

function parseRouterId(text: string): number {
  const id = Number(text)
  if (Number.isInteger(id) && id >= 1 && id <= 255) return id
  throw new UsageError(`--router-id "${text}": it is a number from 1 to 255`)
}
