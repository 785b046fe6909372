import type { Outcome, Receipt, RunOptions } from '@atoll/deploy'
import type { Cli } from './cli.ts'
import type { Cluster } from './cluster/cluster.ts'
import { LeftError } from './cluster/errors.ts'
import { exitStatus } from './exit-status.ts'
import { followDeployment } from './follow-deployment.ts'
import { openCluster } from './open-cluster.ts'
import type { EngineFlags } from './parameters.ts'
import { renderOutcome } from './terminal/outcome.ts'

type Deploy = (cluster: Cluster, options: RunOptions) => Promise<Outcome>

/** A deployment waits by itself, and says so; until it does, a person would see nothing. */
const silenceMs = 5_000

/**
 * Runs a deployment with progress and prints how it ended. Ctrl-C does not stop it: somebody else finishes it, so that an
 * environment is never left half-way because a person went home.
 */
export const conductDeployment = async (cli: Cli, flags: EngineFlags, run: Deploy): Promise<number> => {
  await using connection = await openCluster(cli, flags, { patienceMs: silenceMs })
  // Before anything is changed a person should be able to see that it is the wrong cluster.
  if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`${connection.title}\n`))
  const follower = followDeployment(cli, { asJson: flags.json })
  try {
    const { receipt } = await run(connection.cluster, { signal: cli.signal, onEvent: follower.onEvent })
    follower[Symbol.dispose]()
    if (!flags.json) cli.stdout.write(renderOutcome(receipt, cli.stdout.palette))
    return statusOf(receipt)
  } catch (error) {
    follower[Symbol.dispose]()
    if (!(error instanceof LeftError)) throw error
    cli.stderr.write(renderLeft(error))
    return exitStatus.interrupted
  }
}

/** The same where there may be nothing to do, which is said and is good. */
export const conductIfNeeded = async (cli: Cli, flags: EngineFlags, run: Deploy): Promise<number> => {
  try {
    return await conductDeployment(cli, flags, run)
  } catch (error) {
    if (!isNothingToDo(error)) throw error
    cli.stdout.write(flags.json ? `${JSON.stringify({ kind: error.code })}\n` : `${error.message}\n`)
    return exitStatus.good
  }
}

/** Found out here or told by a control: that is an error of the API with the same code. */
const isNothingToDo = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && error.code === 'nothing-to-do'

const renderLeft = ({ message, left: { ref, deployment, note } }: LeftError): string => {
  const name = `${ref.app}/${ref.environment}`
  const follow = `  follow it:    atoll resume ${name}\n  its receipt:  atoll receipt ${deployment === undefined ? '' : `${deployment} `}--app ${name}\n`
  return `${message}\n${follow}${note === undefined ? '' : `  ${note}\n`}`
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
