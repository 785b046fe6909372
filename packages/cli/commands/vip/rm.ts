import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { renderRemovedVip } from '../../terminal/vips.ts'
import { removeVip } from '../../vips/remove-vip.ts'
import { loginsOf, vipFlags } from '../../vips/vip-flags.ts'
import type { VipFlags } from '../../vips/vip-flags.ts'

type Flags = VipFlags & { readonly force: boolean }

export const command = defineCommand<Flags, [address: string]>({
  description: `Takes a virtual address away from its nodes, by ssh as root. With the last one of a node keepalived is stopped there, and
its configuration is gone; the package stays. Refused while a node is not reached, unless told (--force): what that one has is there
still when it comes back.`,
  usage: 'ADDRESS [--force]',
  examples: [
    ['atoll vip rm 192.0.2.10', 'nobody answers there any more'],
    ['atoll vip rm 192.0.2.10 --force', 'although a node is down for good'],
  ],
  parameters: {
    flags: {
      ...vipFlags,
      force: { kind: 'boolean', brief: 'Although a node is not reached', default: false, withNegated: false },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Address, as "atoll vip ls" shows it', placeholder: 'address' }],
    },
  },
  run: async (cli, flags, given) => {
    const [address = ''] = given.split('/')
    await using connection = await openCluster(cli, flags)
    await using stack = new AsyncDisposableStack()
    using steps = followSteps(cli, { asJson: flags.json })
    const work = { cluster: connection.cluster, loginFor: loginsOf(cli, flags), stack, steps }
    const removed = await removeVip(cli, work, { address, isForced: flags.force })
    steps[Symbol.dispose]()
    const lines = flags.json
      ? [JSON.stringify({ kind: 'removed', ...removed })]
      : renderRemovedVip(removed, cli.stdout.palette)
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})
