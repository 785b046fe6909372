import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderBackups } from '../../terminal/backups.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, []>({
  description:
    'Backups that were made, newest first, with where each was kept and when it was proven. Files that are gone since are listed, too.',
  examples: [
    ['atoll backup ls', 'of the cluster you are signed in to'],
    ['atoll backup ls --json', 'as data'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const records = await connection.cluster.listBackups(cli.signal)
    const look = { ...screenOf(cli.stdout), nowMs: cli.clock.now() }
    cli.stdout.write(flags.json ? `${JSON.stringify(records)}\n` : `${renderBackups(records, look).join('\n')}\n`)
    return exitStatus.good
  },
})
