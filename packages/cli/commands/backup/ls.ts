import { findBackupTime } from '@atoll/backup'
import { findPlace } from '../../backups/find-place.ts'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderBackups, renderKept } from '../../terminal/backups.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, [place?: string]>({
  description: `Backups that were made, newest first, with where each was kept and when it was proven. Files that are gone since are listed, too.

With a place (a folder, ssh://USER@HOST/FOLDER, s3://BUCKET/PREFIX) it lists the files that are there instead, and asks no cluster:
what is left when that is gone.`,
  usage: '[PLACE]',
  examples: [
    ['atoll backup ls', 'of the cluster you are signed in to'],
    ['atoll backup ls s3://backups/shop', 'the files in a bucket; keys as for "atoll backup make"'],
    ['atoll backup ls --json', 'as data'],
  ],
  parameters: {
    flags: engineFlags,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Folder, or ssh:// or s3:// URL', placeholder: 'place', optional: true }],
    },
  },
  run: async (cli, flags, place) => {
    if (place !== undefined) return listFiles(cli, flags, place)
    await using connection = await openCluster(cli, flags)
    const records = await connection.cluster.listBackups(cli.signal)
    cli.stdout.write(
      flags.json ? `${JSON.stringify(records)}\n` : `${renderBackups(records, lookOf(cli)).join('\n')}\n`,
    )
    return exitStatus.good
  },
})

const lookOf = (cli: Cli) => ({ ...screenOf(cli.stdout), nowMs: cli.clock.now() })

const listFiles = async (cli: Cli, { json }: EngineFlags, path: string): Promise<number> => {
  await using found = await findPlace(cli, path)
  if (found.file !== undefined) throw new UsageError(`${path} is no folder`, 'name the folder that backups are in')
  const files = (await found.place.list(cli.signal)).toReversed()
  const kept = files.map((file) => ({ file, madeAtMs: findBackupTime(file) }))
  cli.stdout.write(json ? `${JSON.stringify(kept)}\n` : `${renderKept(kept, lookOf(cli)).join('\n')}\n`)
  return exitStatus.good
}
