import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderNodes } from '../../terminal/nodes.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, []>({
  description: `Of each node: its zone (the node label "zone"), what it is to the managers, whether it takes tasks, how many are there,
and what they reserve of it, whosever they are. What they really use is no part of it: "atoll top" tells that of an app.`,
  examples: [
    ['atoll node ls', 'a line each'],
    ['atoll node ls --json', 'as data, memory in bytes, processors in billionths'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const nodes = await connection.cluster.nodes(cli.signal)
    const lines = flags.json ? [JSON.stringify(nodes)] : renderNodes(nodes, screenOf(cli.stdout))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})
