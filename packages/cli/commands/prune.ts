import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { openCluster } from '../open-cluster.ts'
import { engineFlags, nodeFlag } from '../parameters.ts'
import type { EngineFlags, NodeFlags } from '../parameters.ts'
import { renderPrunes } from '../terminal/storage.ts'

type Flags = EngineFlags & NodeFlags & { readonly dryRun: boolean }

export const command = defineCommand<Flags, []>({
  description: `Removes from the nodes what nobody needs: containers of tasks that ended long ago, images that no service and no
release one can go back to has, and the cache of builds. What it leaves it says why: images that somebody tagged and containers that
somebody ran are not Atoll's to remove. Never a volume. Agents do the same by themselves when a disk gets full.`,
  examples: [
    ['atoll prune --dry-run', 'what would go, and what would stay'],
    ['atoll prune --node node-2', 'on one node, now'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...nodeFlag,
      dryRun: { kind: 'boolean', brief: 'Only say what would go', default: false, withNegated: false },
    },
  },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const request = { ...(flags.node === undefined ? {} : { node: flags.node }), isDryRun: flags.dryRun }
    const pruned = await connection.cluster.prune(request, cli.signal)
    const lines = flags.json
      ? [JSON.stringify(pruned)]
      : renderPrunes(pruned, { palette: cli.stdout.palette, isDryRun: flags.dryRun })
    cli.stdout.write(`${lines.join('\n')}\n`)
    return pruned.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
  },
})
