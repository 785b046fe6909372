import { resolve } from 'node:path'
import { passphraseFlags, recipientFlag } from '../backups/lock-flags.ts'
import type { LockFlags } from '../backups/lock-flags.ts'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags, platformImageFlag } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { chooseContext } from '../platform/choose-context.ts'
import type { ChosenContext } from '../platform/choose-context.ts'
import { conductUpgrade } from '../system/upgrade/conduct-upgrade.ts'
import type { BackupWish } from '../system/upgrade/judge-backup.ts'
import type { Preflight } from '../system/upgrade/preflight.ts'
import { openImage, prepareUpgrade } from '../system/upgrade/prepare-upgrade.ts'
import { renderPreflight } from '../terminal/upgrade.ts'

type Own = {
  readonly image?: string
  readonly dryRun: boolean
  readonly to?: string
  readonly noBackup: boolean
}
type Flags = EngineFlags & LockFlags & Own

export const command = defineCommand<Flags, []>({
  description: `Brings the platform to the build of this command line: every agent, then every control, then every gate, one task at a time,
each healthy before the next. Apps are not touched. It looks first, and changes nothing when anything is in the way: nodes that are
away, deployments that run, documents that one of the two builds could not read, disks without room, a platform that is not whole
within a minute.

Before anything is changed it makes a backup and proves it: to the place that is set ("atoll backup settings"), else into this folder;
--to names another. It is for the recipients that are set, or for --recipient or --passphrase. The receipt names it.

When a program does not get healthy, or a node does not answer as the new build, all go back to the build before. Ctrl-C leaves it to
a process in the background; killed at any point, run it again: it goes on. What was said at the last "atoll init" (names, registry,
images to keep) stays. It takes the engines of managers, as "atoll init" does; without a registry those of all nodes. Signed in and
without engines, --dry-run tells what a control sees, and the command that carries it out.

Exit status: 0 upgraded, or nothing to do; 1 something is in the way; 3 with --dry-run: there is something to do; 4 rolled back; 5
failed, and could not go back.`,
  usage: '[--dry-run] [--image FILE] [--to WHERE] [--recipient KEY]',
  examples: [
    ['atoll upgrade --dry-run --engine ssh://root@node-1', 'from which build to which, and what is in the way'],
    ['atoll upgrade --engine ssh://root@node-1 --engine ssh://root@node-2', 'upgrades, or goes on'],
    [
      'atoll upgrade --recipient age1... --to /srv/backups/ --engine ssh://root@node-1',
      'with the backup of before there',
    ],
    ['atoll upgrade --image atoll.tar.gz --json', 'to what "atoll image save" wrote elsewhere; events as JSON lines'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...platformImageFlag,
      to: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Where the backup of before goes: file, folder, ssh:// or s3:// URL',
        placeholder: 'where',
      },
      ...recipientFlag,
      ...passphraseFlags,
      noBackup: { kind: 'boolean', brief: 'Make no backup before', default: false, withNegated: false },
      dryRun: { kind: 'boolean', brief: 'Only look, and tell what would be done', default: false, withNegated: false },
    },
  },
  run: async (cli, flags) => {
    const chosen = await chooseContext(cli.config, flags, cli.signal)
    if (chosen !== undefined) return lookOnly(cli, flags, chosen)
    await using connection = await cli.connect(flags.engine)
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
    const { context, images } = connection
    const request = { images, ...imageOf(cli, flags), wish: wishOf(cli, flags), isLookOnly: flags.dryRun }
    const prepared = await follow(cli, flags, (onStep) =>
      prepareUpgrade(context, request, { signal: cli.signal, onStep }),
    )
    if (flags.dryRun) return tellPreflight(cli, flags, { preflight: prepared.preflight })
    cli.stderr.write(flags.json ? '' : renderPreflight(prepared.preflight, cli.stderr.palette))
    return await conductUpgrade(cli, { connection, prepared, flags })
  },
})

const imageOf = (cli: Cli, { image }: Flags): { readonly imagePath?: string } =>
  image === undefined ? {} : { imagePath: resolve(cli.config.workingDir, image) }

const wishOf = (cli: Cli, { noBackup, to, recipient, passphrase, passphraseFile }: Flags): BackupWish => {
  if (noBackup && to !== undefined) throw new UsageError('--no-backup and --to: say one of them')
  return {
    isWanted: !noBackup,
    folder: cli.config.workingDir,
    hasLock: recipient !== undefined || passphrase || passphraseFile !== undefined,
    ...(to === undefined ? {} : { to }),
  }
}

const follow = async <T>(cli: Cli, { json }: Flags, work: (onStep: (step: string) => void) => Promise<T>) => {
  using follower = followDeployment(cli, { asJson: json })
  return await work(follower.onStep)
}

/** A control is itself made anew, so it can look, and who carries the upgrade out is a command that asks the engines. */
const lookOnly = async (cli: Cli, flags: Flags, chosen: ChosenContext): Promise<number> => {
  const { openPlatform } = await import('../platform/open-platform.ts')
  const { findEngines, lookThroughPlatform } = await import('../system/upgrade/look-through-platform.ts')
  await using connection = openPlatform(cli, chosen)
  const engines = findEngines(connection, cli.signal)
  const words = `atoll upgrade${flags.image === undefined ? '' : ` --image ${flags.image}`}`
  if (!flags.dryRun) throw needsEngine(`${words} ${await engines.catch(() => anyEngine)}`)
  const command = `${words} ${await engines}`
  if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`${connection.title}\n`))
  const preflight = await follow(cli, flags, async (onStep) => {
    const archive = await openImage(imageOf(cli, flags).imagePath, onStep)
    onStep('ask the platform')
    return lookThroughPlatform(connection, { archive, wish: wishOf(cli, flags) }, cli.signal)
  })
  return tellPreflight(cli, flags, { preflight, command })
}

/** Where nobody can be asked which there are. */
const anyEngine = '--engine ssh://root@MANAGER'

interface Told {
  readonly preflight: Preflight
  /** What carries it out, where this command cannot. */
  readonly command?: string
}

const tellPreflight = (cli: Cli, { json }: Flags, { preflight, ...rest }: Told): number => {
  const text = json
    ? `${JSON.stringify({ kind: 'preflight', ...preflight, ...rest })}\n`
    : renderPreflight(preflight, cli.stdout.palette)
  cli.stdout.write(text)
  if (!json && rest.command !== undefined && preflight.isDue) cli.stdout.write(`carry it out: ${rest.command}\n`)
  if (preflight.troubles.length > 0) return exitStatus.failed
  return preflight.isDue ? exitStatus.somethingToDo : exitStatus.good
}

const needsEngine = (command: string): UsageError =>
  new UsageError(
    'upgrade: the platform cannot change itself, so it is asked of the engines of its nodes',
    `${command}; without engines, --dry-run only looks`,
  )
