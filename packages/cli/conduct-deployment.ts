import { HandedOverError } from '@atoll/deploy'
import type { Context, Receipt, RunOptions } from '@atoll/deploy'
import type { SecretValues } from '@atoll/spec'
import type { Cli, Connection } from './cli.ts'
import { exitStatus } from './exit-status.ts'
import { followDeployment } from './follow-deployment.ts'
import { handOver } from './hand-over.ts'
import { renderOutcome } from './terminal/outcome.ts'

export interface Conduct {
  readonly asJson: boolean
  /** Needed again when the deployment is handed over to the background. */
  readonly secrets: SecretValues
  readonly run: (context: Context, options: RunOptions) => Promise<{ readonly receipt: Receipt }>
}

/**
 * Runs a deployment with progress and prints how it ended. Ctrl-C does not stop it: a process in the background
 * finishes it, so that an environment is never left half-way because a person went home.
 */
export const conductDeployment = async (cli: Cli, connection: Connection, conduct: Conduct): Promise<number> => {
  const follower = followDeployment(cli, conduct)
  try {
    const { receipt } = await conduct.run(connection.context, { signal: cli.signal, onEvent: follower.onEvent })
    follower[Symbol.dispose]()
    if (!conduct.asJson) cli.stdout.write(renderOutcome(receipt, cli.stdout.palette))
    return statusOf(receipt)
  } catch (error) {
    follower[Symbol.dispose]()
    if (!(error instanceof HandedOverError)) throw error
    await handOver(cli, { error, secrets: conduct.secrets, engines: connection.engines })
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
