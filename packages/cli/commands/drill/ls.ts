import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderDrills } from '../../terminal/drill.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, []>({
  description:
    'Newest first: when the managers missed the node, when all ran elsewhere, when it was back, and the requests that failed.',
  examples: [
    ['atoll drill ls', 'the drills that are kept, a hundred at most'],
    ['atoll drill ls --json', 'as data'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const drills = await connection.cluster.drills(cli.signal)
    const lines = flags.json ? [JSON.stringify(drills)] : renderDrills(drills, screenOf(cli.stdout))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})
