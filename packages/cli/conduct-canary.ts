import { setTimeout as delay } from 'node:timers/promises'
import type { EnvironmentRef } from '@atoll/engine'
import type { Outcome, Receipt, RunOptions } from '@atoll/deploy'
import type { Cli } from './cli.ts'
import type { Cluster, SeenStatus } from './cluster/cluster.ts'
import { conductDeployment } from './conduct-deployment.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { openCluster } from './open-cluster.ts'
import type { EngineFlags } from './parameters.ts'
import { renderCanary } from './terminal/canary.ts'
import { createLive } from './terminal/live.ts'
import { renderOutcome } from './terminal/outcome.ts'

type Deploy = (cluster: Cluster, options: RunOptions) => Promise<Outcome>

/** An election of the Raft took up to 51 s in the lab. */
const outageMs = 120_000

/** Before a control is asked anew. */
const pauseMs = 500

/**
 * Deploys a canary and follows it until it has gone on or back. Ctrl-C ends the following alone: the cluster measures and decides
 * by itself.
 */
export const conductCanary = async (cli: Cli, flags: EngineFlags, run: Deploy): Promise<number> => {
  let begun: Outcome | undefined
  const status = await conductDeployment(cli, flags, async (cluster, options) => (begun = await run(cluster, options)))
  if (status !== exitStatus.good || begun === undefined) return status
  const { app, environment } = begun.receipt
  const canary = { ref: { app, environment }, release: begun.release }
  try {
    await using connection = await openCluster(cli, flags)
    const seen = await followCanary(cli, { cluster: connection.cluster, asJson: flags.json, ...canary })
    const receipt = await findEnd(connection.cluster, { ...canary, newest: seen }, cli.signal)
    cli.stdout.write(
      flags.json ? `${JSON.stringify({ kind: 'canary-end', receipt })}\n` : renderOutcome(receipt, cli.stdout.palette),
    )
    return statusOf(receipt)
  } catch (error) {
    if (!cli.signal.aborted) throw error
    cli.stderr.write(renderLeft(canary.ref))
    return exitStatus.interrupted
  }
}

interface Followed {
  readonly cluster: Cluster
  readonly asJson: boolean
  readonly ref: EnvironmentRef
  readonly release: number
}

/** Until another release is current and nothing is deployed any more; the number of the newest deployment. */
const followCanary = async (cli: Cli, followed: Followed): Promise<number> => {
  using screen = createScreen(cli, followed.asJson)
  let reachedAtMs = cli.clock.now()
  for (;;) {
    try {
      for await (const found of followed.cluster.watchStatus(followed.ref, cli.signal)) {
        reachedAtMs = cli.clock.now()
        screen.show(found)
        if (found.canary?.release !== followed.release && found.running === undefined) {
          return found.lastDeployment?.number ?? 0
        }
      }
    } catch (error) {
      cli.signal.throwIfAborted()
      if (!isPassing(error) || cli.clock.now() - reachedAtMs > outageMs) throw error
    }
    await delay(pauseMs, undefined, { signal: cli.signal })
  }
}

/** A control died, or the managers elect, or the engine was asked for tasks of a service that went at that moment. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error &&
  (('retry' in error && error.retry === true) || ('code' in error && error.code === 'not-found'))

/** A terminal is drawn anew; anything else gets what changed. */
const createScreen = (cli: Cli, asJson: boolean): Disposable & { readonly show: (found: SeenStatus) => void } => {
  const live = createLive(cli.stderr)
  let last = ''
  const showLine = ({ canary, atMs }: SeenStatus): void => {
    const line = canary === undefined ? '' : renderCanary(canary, atMs)
    const text = JSON.stringify([canary?.figures, canary?.verdict, canary?.isMeasuring])
    if (line === '' || text === last) return
    last = text
    if (asJson) cli.stdout.write(`${JSON.stringify({ kind: 'canary', atMs, ...canary })}\n`)
    else cli.stderr.write(`${line}\n`)
  }
  const draw = ({ canary, atMs }: SeenStatus): void => {
    if (canary !== undefined) live.draw([renderCanary(canary, atMs)])
  }
  return {
    show: cli.stderr.isTerminal && !asJson ? draw : showLine,
    [Symbol.dispose]: () => live.clear(),
  }
}

interface Ended {
  readonly ref: EnvironmentRef
  readonly release: number
  readonly newest: number
}

/** Of the deployment that ended it; somebody may have deployed something else in its place. */
const findEnd = async (cluster: Cluster, { ref, release, newest }: Ended, signal: AbortSignal): Promise<Receipt> => {
  for (let number = newest; number > 0; number -= 1) {
    const receipt = await cluster.findReceipt(ref, number, signal)
    if (receipt === undefined || receipt.release === release) break
    if (receipt.canary?.release === release && receipt.state === 'converged') return receipt
  }
  throw new CommandError(
    'not-found',
    `${ref.app}/${ref.environment}: another deployment took the place of the canary`,
    {
      hint: `"atoll status ${ref.app}/${ref.environment}" says what runs`,
    },
  )
}

const statusOf = ({ canary }: Receipt): number => (canary?.kind === 'promote' ? exitStatus.good : exitStatus.rolledBack)

const renderLeft = ({ app, environment }: EnvironmentRef): string => {
  const name = `${app}/${environment}`
  return `the canary of ${name} goes on in the cluster
  see it:  atoll status ${name}
  end it:  atoll canary promote ${name}, or atoll canary abort ${name}
`
}
