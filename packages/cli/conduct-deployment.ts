import { HandedOverError } from '@atoll/deploy'
import type { Receipt, RunOptions } from '@atoll/deploy'
import type { SecretValues } from '@atoll/spec'
import type { Cli, Connection } from './cli.ts'
import { exitStatus } from './exit-status.ts'
import { followDeployment } from './follow-deployment.ts'
import type { EngineFlags } from './parameters.ts'
import { handOver } from './hand-over.ts'
import { renderOutcome } from './terminal/outcome.ts'

export interface Conduct {
  /** Needed again when the deployment is handed over to the background. */
  readonly secrets: SecretValues
  readonly run: (connection: Connection, options: RunOptions) => Promise<{ readonly receipt: Receipt }>
}

/** A deployment waits by itself, and says so; until it does, a person would see nothing. */
const silenceMs = 5_000

/**
 * Runs a deployment with progress and prints how it ended. Ctrl-C does not stop it: a process in the background
 * finishes it, so that an environment is never left half-way because a person went home.
 */
export const conductDeployment = async (cli: Cli, flags: EngineFlags, { secrets, run }: Conduct): Promise<number> => {
  await using connection = await cli.connect(flags.engine, { patienceMs: silenceMs })
  // Before anything is changed a person should be able to see that it is the wrong cluster.
  if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
  const follower = followDeployment(cli, { asJson: flags.json })
  try {
    const { receipt } = await run(connection, { signal: cli.signal, onEvent: follower.onEvent })
    follower[Symbol.dispose]()
    if (!flags.json) cli.stdout.write(renderOutcome(receipt, cli.stdout.palette))
    return statusOf(receipt)
  } catch (error) {
    follower[Symbol.dispose]()
    if (!(error instanceof HandedOverError)) throw error
    await handOver(cli, { error, secrets, engines: connection.engines })
    return exitStatus.interrupted
  }
}

const statusOf = ({ state }: Receipt): number => {
  switch (state) {
    case 'converged':
      return exitStatus.good
    case 'rolled-back':
      return exitStatus.rolledBack
    case 'failed':
      return exitStatus.deployFailed
    case 'running':
      return exitStatus.failed
  }
}
