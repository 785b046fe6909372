import { readBackup } from '@atoll/backup'
import type { Found, ReadBackup } from '@atoll/backup'
import { findFile } from '../backups/find-place.ts'
import { chooseUnlock, unlockFlags } from '../backups/lock-flags.ts'
import type { UnlockFlags } from '../backups/lock-flags.ts'
import type { Cli, EngineConnection } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { judgeRestore, restore } from '../system/restore.ts'
import { renderPlan, renderRestored } from '../terminal/restoring.ts'

type Flags = EngineFlags & UnlockFlags & { readonly replace: boolean; readonly yes: boolean }

export const command = defineCommand<Flags, [file: string]>({
  description: `Makes the state of a new cluster that of a backup: people with their passwords, tokens, apps with their releases, secrets
and the keys of the platform. It needs a swarm with nothing of Atoll in it, or a platform that nobody has used yet; what else is there
stays only if the command is refused, which it is unless --replace is said. The whole file is read and checked before anything changes.
Broken off, the same command goes on.

Then "atoll init" installs the platform, and "atoll repair APP" brings each app up again. Not in a backup: images (the registry has to have
those that releases name), what volumes held, sessions, and nodes with their labels.`,
  usage: 'FILE --identity FILE',
  examples: [
    ['atoll restore cluster.age --identity key.txt --engine ssh://root@node-1', 'asks first'],
    [
      'atoll restore s3://backups/shop/atoll-20261122T044500Z-1f3a.age --identity key.txt',
      'from a bucket, with AWS_ACCESS_KEY_ID and so on',
    ],
    ['atoll restore cluster.age --passphrase --replace', 'where the cluster of before is to be given up'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...unlockFlags,
      replace: {
        kind: 'boolean',
        brief: 'Give up the state that is there, and its platform',
        default: false,
        withNegated: false,
      },
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { y: 'yes' },
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
    const read = await readFile(cli, flags, path)
    await using connection = await cli.connect(flags.engine)
    const wanted = { state: read.state, isReplacing: flags.replace }
    const found = await judgeRestore(connection, wanted, cli.signal)
    if (!(await isWanted(cli, flags, { read, found, connection }))) {
      cli.stderr.write('nothing was changed\n')
      return exitStatus.failed
    }
    using follower = followDeployment(cli, { asJson: flags.json })
    const { onEvent, onStep } = follower
    await restore(connection, { state: read.state, found }, { signal: cli.signal, onEvent, onStep })
    follower[Symbol.dispose]()
    const { id, nodes } = read.manifest
    const data = { kind: 'restored', id, nodes }
    cli.stdout.write(flags.json ? `${JSON.stringify(data)}\n` : renderRestored(read, cli.stdout.palette))
    return exitStatus.good
  },
})

const readFile = async (cli: Cli, flags: Flags, path: string): Promise<ReadBackup> => {
  await using found = await findFile(cli, path)
  const { place, file } = found
  const unlock = await chooseUnlock(cli, flags)
  return await readBackup(place.read(file, cli.signal), { unlock, name: path })
}

interface Wanted {
  readonly read: ReadBackup
  readonly found: Found
  readonly connection: EngineConnection
}

/** Says what will be done, and asks. */
const isWanted = async (cli: Cli, { yes, json }: Flags, { read, found, connection }: Wanted): Promise<boolean> => {
  const look = { palette: cli.stderr.palette, nowMs: cli.clock.now() }
  if (!json) cli.stderr.write(renderPlan({ read, found, name: connection.name }, look))
  if (yes) return true
  if (!cli.stdin.isTerminal) {
    throw new UsageError('restore: nobody is here to be asked', 'say --yes if you mean it')
  }
  return cli.confirm(`Make the state of ${connection.name} that of ${read.manifest.id}?`)
}
