import { HandedOverError } from '@atoll/deploy'
import { chooseLock } from '../../backups/lock-flags.ts'
import type { LockFlags } from '../../backups/lock-flags.ts'
import type { ChosenLock } from '../../backups/save-backup.ts'
import type { Cli, EngineConnection } from '../../cli.ts'
import { handOver } from '../../direct/hand-over.ts'
import { exitStatus } from '../../exit-status.ts'
import { followDeployment } from '../../follow-deployment.ts'
import { renderShellWord } from '../../terminal/shell-word.ts'
import { renderUpgraded, renderWayBack } from '../../terminal/upgrade.ts'
import { makeUpgradeBackup } from './make-upgrade-backup.ts'
import type { PreparedUpgrade } from './prepare-upgrade.ts'
import { upgrade } from './upgrade.ts'
import type { Upgraded } from './upgrade.ts'

export interface ConductRequest {
  readonly connection: EngineConnection
  readonly prepared: PreparedUpgrade
  readonly flags: LockFlags & { readonly json: boolean }
}

/** Carries a prepared upgrade out and tells how it ended; gives the exit status. Throws as upgrade does. */
export const conductUpgrade = async (cli: Cli, request: ConductRequest): Promise<number> => {
  const { backup } = request.prepared.preflight
  const lock = backup.kind === 'make' ? await chooseLock(cli, request.flags) : undefined
  let path = backup.kind === 'there' ? backup.path : undefined
  const restore = (): string | undefined => path && renderRestore(path, request, lock)
  try {
    const upgraded = await carryOut(cli, { ...request, lock, onBackup: (made) => (path = made) })
    return tell(cli, request.flags, { upgraded, restore: restore() })
  } catch (error) {
    if (error instanceof HandedOverError) return leave(cli, error, request.connection)
    const words = restore()
    if (words !== undefined) cli.stderr.write(renderWayBack(words, cli.stderr.palette))
    throw error
  }
}

interface Work extends ConductRequest {
  readonly lock: ChosenLock | undefined
  readonly onBackup: (path: string) => void
}

const carryOut = async (cli: Cli, { connection, prepared, flags, lock, onBackup }: Work): Promise<Upgraded> => {
  using follower = followDeployment(cli, { asJson: flags.json })
  const { onEvent, onStep } = follower
  const { backup: plan } = prepared.preflight
  const makeBackup = async (): Promise<string> => {
    if (plan.kind !== 'make' || lock === undefined) throw new Error('bug: a backup that nobody planned')
    const path = await makeUpgradeBackup(cli, { connection, plan, lock }, follower)
    onBackup(path)
    return path
  }
  const options = { signal: cli.signal, author: cli.config.owner, onEvent, onStep, makeBackup }
  return await upgrade(connection.context, prepared, options)
}

const renderRestore = (path: string, { connection }: ConductRequest, lock: ChosenLock | undefined): string => {
  const unlock = lock?.kind === 'passphrase' ? '--passphrase' : '--identity FILE'
  const engines = connection.engines.map((engine) => ` --engine ${renderShellWord(engine)}`).join('')
  return `atoll restore ${renderShellWord(path)} ${unlock} --replace${engines}`
}

/** As with any deployment, Ctrl-C ends the command and not what it began. */
const leave = async (cli: Cli, error: HandedOverError, { engines }: EngineConnection): Promise<number> => {
  await handOver(cli, { error, secrets: {}, engines })
  cli.stderr.write(`the platform is half way; a process in the background goes on\n`)
  cli.stderr.write('  follow it: atoll resume atoll/system; then run "atoll upgrade" again, which asks every node\n')
  return exitStatus.interrupted
}

interface Told {
  readonly upgraded: Upgraded
  readonly restore: string | undefined
}

const tell = (cli: Cli, { json }: ConductRequest['flags'], { upgraded, restore }: Told): number => {
  const way = restore === undefined ? {} : { restore }
  if (json) cli.stdout.write(`${JSON.stringify({ ...upgraded, ...way })}\n`)
  else cli.stdout.write(renderUpgraded(upgraded, { palette: cli.stdout.palette, ...way }))
  switch (upgraded.kind) {
    case 'upgraded':
      return upgraded.away?.length ? exitStatus.failed : exitStatus.good
    case 'current':
      return upgraded.doors.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
    case 'rolled-back':
      return exitStatus.rolledBack
    case 'failed':
      return exitStatus.deployFailed
  }
}
