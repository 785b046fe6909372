import type { EnvironmentRef } from '@atoll/engine'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import type { Cluster, SeenStatus } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { createLive } from '../terminal/live.ts'
import { screenOf } from '../terminal/screen.ts'
import { renderStatus } from '../terminal/status.ts'

type Flags = TargetFlags & { readonly watch: boolean }

export const command = defineCommand<Flags, [app?: string]>({
  description:
    'Wanted and actual, why not, on which node and since when; where volumes are; what somebody changed behind Atoll.',
  usage: '[APP]',
  examples: [
    ['atoll status', 'the app of this folder'],
    ['atoll status shop/staging --watch', 'another, drawn anew whenever something happens'],
    ['atoll status --json', 'as data; with --watch one line per change'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      watch: { kind: 'boolean', brief: 'Go on until Ctrl-C', default: false, withNegated: false },
    },
    aliases: { ...fileAliases, w: 'watch' },
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    await using connection = await openCluster(cli, flags)
    const found = await connection.cluster.status(ref, cli.signal)
    if (isEmpty(found)) throw nothingThere(ref)
    if (flags.watch) return await watchStatus(cli, { cluster: connection.cluster, ref, asJson: flags.json })
    cli.stdout.write(
      flags.json ? `${JSON.stringify(found)}\n` : `${renderStatus(found, screenOf(cli.stdout)).join('\n')}\n`,
    )
    return exitStatus.good
  },
})

const isEmpty = ({ services, release, running, lastDeployment }: SeenStatus): boolean =>
  services.length === 0 && release === undefined && running === undefined && lastDeployment === undefined

const nothingThere = ({ app, environment }: EnvironmentRef): CommandError =>
  new CommandError('not-found', `show ${app}/${environment}: nothing of it is here`, {
    hint: '"atoll ls" lists what is, "atoll deploy" brings it here',
  })

interface Watched {
  readonly cluster: Cluster
  readonly ref: EnvironmentRef
  readonly asJson: boolean
}

const watchStatus = async (cli: Cli, { cluster, ref, asJson }: Watched): Promise<number> => {
  const show = createScreen(cli, asJson)
  try {
    for await (const found of cluster.watchStatus(ref, cli.signal)) show(found)
  } catch (error) {
    if (!cli.signal.aborted) throw error
  }
  return exitStatus.good
}

/** A terminal is drawn anew; anything else gets what changed, one below the other. */
const createScreen = (cli: Cli, asJson: boolean): ((found: SeenStatus) => void) => {
  const live = createLive(cli.stdout)
  let last = ''
  return (found) => {
    if (cli.stdout.isTerminal && !asJson) return live.draw(renderStatus(found, screenOf(cli.stdout)))
    const { atMs: _now, ...state } = found
    const text = JSON.stringify(state)
    if (text === last) return
    last = text
    cli.stdout.write(
      asJson ? `${JSON.stringify(found)}\n` : `${renderStatus(found, screenOf(cli.stdout)).join('\n')}\n\n`,
    )
  }
}
