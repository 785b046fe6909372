import { HandedOverError } from '@atoll/deploy'
import type { Cli } from '../../cli.ts'
import { handOver } from '../../direct/hand-over.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { followDeployment } from '../../follow-deployment.ts'
import type { EngineFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import type { ChosenContext } from '../../platform/choose-context.ts'
import { renderOutcome } from '../../terminal/outcome.ts'
import { renderStreamPorts } from '../../terminal/settings.ts'
import { changeStreamPorts } from './change-stream-ports.ts'
import type { ChangedPorts } from './change-stream-ports.ts'

/** Asks the engines of managers for it and tells how it ended; gives the exit status. Throws as changeStreamPorts does. */
export const conductPorts = async (cli: Cli, flags: EngineFlags, ports: readonly number[]): Promise<number> => {
  const chosen = await chooseContext(cli.config, flags, cli.signal)
  if (chosen !== undefined) throw await needsEngine(cli, chosen, ports)
  await using connection = await cli.connect(flags.engine)
  if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
  try {
    const request = { ports, author: cli.config.owner }
    return tell(
      cli,
      flags,
      await followed(cli, flags, (options) => changeStreamPorts(connection.context, request, options)),
    )
  } catch (error) {
    if (!(error instanceof HandedOverError)) throw error
    await handOver(cli, { error, secrets: {}, engines: connection.engines })
    cli.stderr.write('a process in the background goes on\n  follow it: atoll resume atoll/system\n')
    return exitStatus.interrupted
  }
}

type Change = (options: Parameters<typeof changeStreamPorts>[2]) => Promise<ChangedPorts>

const followed = async (cli: Cli, { json }: EngineFlags, run: Change): Promise<ChangedPorts> => {
  using follower = followDeployment(cli, { asJson: json })
  return await run({ signal: cli.signal, onEvent: follower.onEvent })
}

const tell = (cli: Cli, { json }: EngineFlags, { ports, outcome }: ChangedPorts): number => {
  const ended = outcome === undefined ? '' : renderOutcome(outcome.receipt, cli.stdout.palette)
  const isDone = outcome === undefined || outcome.kind === 'converged'
  const told = `${ended}${isDone ? `${renderStreamPorts(ports)}\n` : ''}`
  cli.stdout.write(json ? `${JSON.stringify({ kind: 'stream-ports', ports, ...(outcome && { outcome }) })}\n` : told)
  if (isDone) return exitStatus.good
  return outcome.kind === 'rolled-back' ? exitStatus.rolledBack : exitStatus.deployFailed
}

/** A control has no right to change the platform, and so none to open ports of the nodes. */
const needsEngine = async (cli: Cli, chosen: ChosenContext, ports: readonly number[]): Promise<UsageError> => {
  const { openPlatform } = await import('../../platform/open-platform.ts')
  const { findEngines } = await import('../upgrade/look-through-platform.ts')
  await using connection = openPlatform(cli, chosen)
  const engines = await findEngines(connection, cli.signal).catch(() => '--engine ssh://root@MANAGER')
  return new UsageError(
    'open ports for streams: the platform cannot change itself, so it is asked of the engines of its nodes',
    `atoll settings --stream-ports ${ports.join(',') || 'none'} ${engines}`,
  )
}
