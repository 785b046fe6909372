import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { openCluster } from '../open-cluster.ts'
import { engineFlags, nodeFlag } from '../parameters.ts'
import type { EngineFlags, NodeFlags } from '../parameters.ts'
import { renderUsages } from '../terminal/storage.ts'

export const command = defineCommand<EngineFlags & NodeFlags, []>({
  description: `Of each node: how large its engine's disk is, what is on it, what "atoll prune" could give back at most, and when it
will be full at the pace of the last hours. Volumes are data, and nothing gives them up by itself.`,
  examples: [
    ['atoll df', 'of every node'],
    ['atoll df --node node-2 --json', 'of one, as data'],
  ],
  parameters: { flags: { ...engineFlags, ...nodeFlag } },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const seen = await connection.cluster.nodeUsages(flags, cli.signal)
    const lines = flags.json
      ? [JSON.stringify(seen)]
      : renderUsages(seen, { palette: cli.stdout.palette, nowMs: cli.clock.now() })
    cli.stdout.write(`${lines.join('\n')}\n`)
    return seen.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
  },
})
