import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderNode } from '../../terminal/nodes.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, [node: string]>({
  description: `Its labels, the services with tasks there, the volumes that hold a service to it, and what its loss would do, as
"atoll what-if" tells it.`,
  examples: [
    ['atoll node show node-2', 'before it is taken out for repair'],
    ['atoll node show node-2 --json', 'as data'],
  ],
  parameters: { flags: engineFlags, positional: { kind: 'tuple', parameters: [nodeParameter] } },
  run: async (cli, flags, name) => {
    await using connection = await openCluster(cli, flags)
    const detail = await connection.cluster.node(name, cli.signal)
    const lines = flags.json ? [JSON.stringify(detail)] : renderNode(detail, screenOf(cli.stdout))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})
