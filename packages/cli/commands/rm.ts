import type { Contents } from '../cluster/cluster.ts'
import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { renderColumns } from '../terminal/table.ts'
import type { Palette } from '../terminal/palette.ts'

type Flags = TargetFlags & { readonly volumes: boolean; readonly yes: boolean }

export const command = defineCommand<Flags, [app?: string]>({
  description: 'Shows what goes and asks. Volumes stay unless you say --volumes.',
  usage: '[APP]',
  examples: [
    ['atoll rm --env staging', 'staging of the app of this folder'],
    ['atoll rm shop/testing --volumes --yes', 'with its data, without being asked'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      volumes: { kind: 'boolean', brief: 'Remove volumes and what is in them too', default: false, withNegated: false },
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { ...fileAliases, y: 'yes' },
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    const name = `${ref.app}/${ref.environment}`
    if (!flags.yes && !(await isConfirmed(cli, flags, { ref, name }))) {
      cli.stderr.write('nothing was removed\n')
      return exitStatus.failed
    }
    return conductDeployment(cli, flags, (cluster, options) => cluster.remove({ ref, volumes: flags.volumes }, options))
  },
})

interface Target {
  readonly ref: { readonly app: string; readonly environment: string }
  readonly name: string
}

const isConfirmed = async (cli: Cli, flags: Flags, { ref, name }: Target): Promise<boolean> => {
  if (!cli.stdin.isTerminal)
    throw new UsageError(`remove ${name}: nobody is here to be asked`, 'say --yes if you mean it')
  const contents = await readContents(cli, flags, ref)
  cli.stderr.write(`${renderGoing(contents, { hasVolumes: flags.volumes, palette: cli.stderr.palette }).join('\n')}\n`)
  return cli.confirm(`Remove ${name}?`)
}

const readContents = async (cli: Cli, flags: Flags, ref: Target['ref']): Promise<Contents> => {
  await using connection = await openCluster(cli, flags)
  return await connection.cluster.contents(ref, cli.signal)
}

const renderGoing = (
  { services, networks, configs, secrets, volumes }: Contents,
  { hasVolumes, palette }: { readonly hasVolumes: boolean; readonly palette: Palette },
): readonly string[] => {
  const kept = palette.green('kept; --volumes removes them too')
  const rows = [
    ['services', services.join(', ')],
    ['networks', networks.join(', ')],
    ['configs', configs.join(', ')],
    ['secrets', secrets.join(', ')],
    ['volumes', volumes.map((volume) => `${volume.engineName} on ${volume.nodeName}`).join(', ')],
  ].filter(([, names]) => names !== '')
  const goes = (kind: string | undefined): string =>
    kind === 'volumes' && !hasVolumes ? kept : palette.red(kind === 'volumes' ? 'go with all their data' : 'go')
  return renderColumns(rows.map(([kind, names]) => [`  ${kind}`, goes(kind), names ?? '']))
}
