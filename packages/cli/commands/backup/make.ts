import { findPlace } from '../../backups/find-place.ts'
import { chooseLock, passphraseFlags, recipientFlag } from '../../backups/lock-flags.ts'
import type { LockFlags } from '../../backups/lock-flags.ts'
import { saveBackup } from '../../backups/save-backup.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { followDeployment } from '../../follow-deployment.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderSaved } from '../../terminal/backups.ts'

type Flags = EngineFlags & LockFlags & { readonly to: string }

export const command = defineCommand<Flags, []>({
  description: `Writes all state of the cluster to one encrypted file: apps with their releases and receipts, values of secrets, people,
tokens, the audit, and the keys of the platform. "atoll restore" makes a cluster of it. What volumes and images hold is not in it.

It is for the age key that --recipient names ("atoll backup key" makes one), or for a passphrase. Who opens it has the whole
cluster. Before it counts as proven it was restored into memory and compared, and read back from where it is kept.

Secrets that were deployed in direct mode are in no document, and so not in it; which, is told.

For S3, and what speaks it, keys and region are found as the tools of AWS find them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or
AWS_PROFILE of ~/.aws/credentials; AWS_REGION; AWS_ENDPOINT_URL_S3 for another server than that of AWS.`,
  usage: '[--to FILE|FOLDER|ssh://HOST/FOLDER|s3://BUCKET/PREFIX] [--recipient KEY]',
  examples: [
    [
      'atoll backup make --recipient age1... --to /srv/backups/',
      'a file with a name of its own, in that folder; "make" may be left out',
    ],
    [
      'atoll backup --recipient age1... --to ssh://keeper@vault/srv/backups',
      'in a folder of another server, by the ssh of this machine',
    ],
    ['atoll backup --recipient age1... --to s3://backups/shop', 'in a bucket'],
    ['atoll backup --passphrase --to cluster.age', 'opens with a passphrase, which is asked for'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      to: {
        kind: 'parsed',
        parse: String,
        default: '.',
        brief: 'File, or folder in which it gets a name of its own; ssh://USER@HOST/FOLDER; s3://BUCKET/PREFIX',
        placeholder: 'where',
      },
      ...recipientFlag,
      ...passphraseFlags,
    },
  },
  run: async (cli, flags) => {
    const lock = await chooseLock(cli, flags)
    await using connection = await openCluster(cli, flags)
    using follower = followDeployment(cli, { asJson: flags.json })
    const { onStep } = follower
    await using found = await findPlace(cli, flags.to)
    const saved = await saveBackup(connection.cluster, { ...found, lock }, { signal: cli.signal, onStep })
    follower[Symbol.dispose]()
    const text = flags.json
      ? `${JSON.stringify({ kind: 'saved', ...saved })}\n`
      : renderSaved(saved, cli.stdout.palette)
    cli.stdout.write(text)
    return exitStatus.good
  },
})
