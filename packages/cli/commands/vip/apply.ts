import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { renderAppliedVips } from '../../terminal/vips.ts'
import { applyVips } from '../../vips/apply-vips.ts'
import { loginsOf, vipFlags } from '../../vips/vip-flags.ts'
import type { VipFlags } from '../../vips/vip-flags.ts'

export const command = defineCommand<VipFlags, []>({
  description: `Brings every node to the virtual addresses it is to have, by ssh as root: after nodes were added, removed or renamed,
or have another address, and after "atoll restore". Nodes that were added become members where every node is meant; those that are gone
are left out. A node that fails keeps no other from it. What is as it should be is not touched.`,
  usage: '[--on SERVER]',
  examples: [
    ['atoll vip apply', 'after "atoll node add"'],
    ['atoll vip apply --on %n', 'logging in by the names of nodes, as Hosts of ssh'],
  ],
  parameters: { flags: vipFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    await using stack = new AsyncDisposableStack()
    using steps = followSteps(cli, { asJson: flags.json })
    const work = { cluster: connection.cluster, loginFor: loginsOf(cli, flags), stack, steps }
    const applied = await applyVips(cli, work)
    steps[Symbol.dispose]()
    const lines = flags.json
      ? [JSON.stringify({ kind: 'applied', ...applied })]
      : renderAppliedVips(applied, cli.stdout.palette)
    cli.stdout.write(`${lines.join('\n')}\n`)
    return applied.nodes.some(({ outcome }) => outcome === 'failed') ? exitStatus.failed : exitStatus.good
  },
})
