import { defineCommand } from '../command.ts'
import { openCluster } from '../open-cluster.ts'
import { exitStatus } from '../exit-status.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { renderAppList } from '../terminal/app-list.ts'
import { screenOf } from '../terminal/screen.ts'

export const command = defineCommand<EngineFlags, []>({
  examples: [
    ['atoll ls', 'every app of the swarm'],
    ['atoll ls --json', 'as data'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const environments = await connection.cluster.list(cli.signal)
    if (flags.json) cli.stdout.write(`${JSON.stringify(environments)}\n`)
    else
      cli.stdout.write(
        `${renderAppList(environments, { ...screenOf(cli.stdout), nowMs: cli.clock.now() }).join('\n')}\n`,
      )
    return exitStatus.good
  },
})
