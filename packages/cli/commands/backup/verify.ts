import { proveBackup } from '@atoll/backup'
import { findFile } from '../../backups/find-place.ts'
import { chooseUnlock, unlockFlags } from '../../backups/lock-flags.ts'
import type { UnlockFlags } from '../../backups/lock-flags.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { renderManifest } from '../../terminal/backups.ts'

export const command = defineCommand<JsonFlags & UnlockFlags, [file: string]>({
  description: `Opens a backup, holds it against its manifest, and restores it into a cluster that is in memory alone. Needs no cluster.`,
  usage: 'FILE --identity FILE',
  examples: [
    [
      'atoll backup verify atoll-20261122T044500Z-1f3a.age --identity key.txt',
      'what is in it, and whether it is whole',
    ],
  ],
  parameters: {
    flags: { ...jsonFlag, ...unlockFlags },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          brief: 'File of a backup; ssh://USER@HOST/PATH or s3://BUCKET/PATH elsewhere',
          placeholder: 'file',
        },
      ],
    },
  },
  run: async (cli, flags, path) => {
    await using found = await findFile(cli, path)
    const { place, file } = found
    const unlock = await chooseUnlock(cli, flags)
    const { signal } = cli
    const { manifest } = await proveBackup(place.read(file, signal), { unlock, name: path, signal })
    const look = { palette: cli.stdout.palette, nowMs: cli.clock.now() }
    cli.stdout.write(flags.json ? `${JSON.stringify(manifest)}\n` : renderManifest(manifest, look))
    return exitStatus.good
  },
})
