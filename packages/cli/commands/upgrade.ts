import { resolve } from 'node:path'
import { HandedOverError } from '@atoll/deploy'
import type { Cli, EngineConnection } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { handOver } from '../direct/hand-over.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags, platformImageFlag } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { chooseContext } from '../platform/choose-context.ts'
import { prepareUpgrade } from '../system/upgrade/prepare-upgrade.ts'
import type { PreparedUpgrade } from '../system/upgrade/prepare-upgrade.ts'
import { upgrade } from '../system/upgrade/upgrade.ts'
import type { Upgraded } from '../system/upgrade/upgrade.ts'
import { renderPreflight, renderUpgraded } from '../terminal/upgrade.ts'

type Flags = EngineFlags & { readonly image?: string; readonly dryRun: boolean }

export const command = defineCommand<Flags, []>({
  description: `Brings the platform to the build of this command line: every agent, then every control, then every gate, one task at a time,
each healthy before the next. Apps are not touched. It looks first, and changes nothing when anything is in the way: nodes that are
away, deployments that run, documents that one of the two builds could not read, disks without room, a platform that is not whole.

When a program does not get healthy, or a node does not answer as the new build, all go back to the build before. Ctrl-C leaves it to
a process in the background; killed at any point, run it again: it goes on. What was said at the last "atoll init" (names, registry, images to keep) stays. It takes the engines
of managers, as "atoll init" does; without a registry those of all nodes.

Exit status: 0 upgraded, or nothing to do; 1 something is in the way; 3 with --dry-run: there is something to do; 4 rolled back; 5
failed, and could not go back.`,
  usage: '[--dry-run] [--image FILE]',
  examples: [
    ['atoll upgrade --dry-run --engine ssh://root@node-1', 'from which build to which, and what is in the way'],
    ['atoll upgrade --engine ssh://root@node-1 --engine ssh://root@node-2', 'upgrades, or goes on'],
    ['atoll upgrade --image atoll.tar.gz --json', 'to what "atoll image save" wrote elsewhere; events as JSON lines'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...platformImageFlag,
      dryRun: { kind: 'boolean', brief: 'Only look, and tell what would be done', default: false, withNegated: false },
    },
  },
  run: async (cli, flags) => {
    if ((await chooseContext(cli.config, flags, cli.signal)) !== undefined) throw needsEngine()
    await using connection = await cli.connect(flags.engine)
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
    const prepared = await prepare(cli, flags, connection)
    if (flags.dryRun) return tellPreflight(cli, flags, prepared)
    cli.stderr.write(flags.json ? '' : renderPreflight(prepared.preflight, cli.stderr.palette))
    try {
      return tell(cli, flags, await carryOut(cli, flags, { connection, prepared }))
    } catch (error) {
      if (!(error instanceof HandedOverError)) throw error
      return await leave(cli, error, connection)
    }
  },
})

/** As with any deployment, Ctrl-C ends the command and not what it began. */
const leave = async (cli: Cli, error: HandedOverError, { engines }: EngineConnection): Promise<number> => {
  await handOver(cli, { error, secrets: {}, engines })
  cli.stderr.write(`the platform is half way; a process in the background goes on\n`)
  cli.stderr.write('  follow it: atoll resume atoll/system; then run "atoll upgrade" again, which asks every node\n')
  return exitStatus.interrupted
}

const prepare = async (cli: Cli, flags: Flags, { context, images }: EngineConnection): Promise<PreparedUpgrade> => {
  const { image } = flags
  const given = image === undefined ? {} : { imagePath: resolve(cli.config.workingDir, image) }
  using follower = followDeployment(cli, { asJson: flags.json })
  return await prepareUpgrade(context, { images, ...given }, { signal: cli.signal, onStep: follower.onStep })
}

const tellPreflight = (cli: Cli, { json }: Flags, { preflight }: PreparedUpgrade): number => {
  const text = json
    ? `${JSON.stringify({ kind: 'preflight', ...preflight })}\n`
    : renderPreflight(preflight, cli.stdout.palette)
  cli.stdout.write(text)
  if (preflight.troubles.length > 0) return exitStatus.failed
  return preflight.isDue ? exitStatus.somethingToDo : exitStatus.good
}

interface Work {
  readonly connection: EngineConnection
  readonly prepared: PreparedUpgrade
}

const carryOut = async (cli: Cli, { json }: Flags, { connection, prepared }: Work): Promise<Upgraded> => {
  using follower = followDeployment(cli, { asJson: json })
  const { onEvent, onStep } = follower
  return await upgrade(connection.context, prepared, { signal: cli.signal, author: cli.config.owner, onEvent, onStep })
}

const tell = (cli: Cli, { json }: Flags, upgraded: Upgraded): number => {
  if (json) cli.stdout.write(`${JSON.stringify(upgraded)}\n`)
  else cli.stdout.write(renderUpgraded(upgraded, cli.stdout.palette))
  switch (upgraded.kind) {
    case 'upgraded':
      return exitStatus.good
    case 'current':
      return upgraded.doors.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
    case 'rolled-back':
      return exitStatus.rolledBack
    case 'failed':
      return exitStatus.deployFailed
  }
}

const needsEngine = (): UsageError =>
  new UsageError(
    'upgrade: the platform cannot change itself',
    'name a manager of the swarm with --engine, such as --engine ssh://root@node-1',
  )
