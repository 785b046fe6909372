import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { screenOf } from '../../terminal/screen.ts'
import { renderVips } from '../../terminal/vips.ts'
import { lookAtVips } from '../../vips/look-at-vips.ts'
import { loginsOf, vipFlags } from '../../vips/vip-flags.ts'
import type { VipFlags } from '../../vips/vip-flags.ts'

export const command = defineCommand<VipFlags, []>({
  description: `Every virtual address with the node that has it, and since when. The nodes themselves are asked, by ssh as root. What is
not as it should be is told below, such as a node that has come or gone since: "atoll vip apply" mends it.`,
  usage: '[--on SERVER]',
  examples: [
    ['atoll vip ls', 'who has which now'],
    ['atoll vip ls --on %n --json', 'logging in by the names of nodes, as Hosts of ssh; as data'],
  ],
  parameters: { flags: vipFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    await using stack = new AsyncDisposableStack()
    const seen = await lookAtVips(cli, { cluster: connection.cluster, loginFor: loginsOf(cli, flags), stack })
    const lines = flags.json
      ? [JSON.stringify(seen)]
      : renderVips(seen, { ...screenOf(cli.stdout), nowMs: cli.clock.now() })
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})
