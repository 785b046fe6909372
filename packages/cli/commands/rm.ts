import { remove } from '@atoll/deploy'
import type { Observed } from '@atoll/plan'
import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
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
    return conductDeployment(cli, flags, {
      secrets: {},
      run: ({ context }, options) => remove(context, { ref, volumes: flags.volumes }, options),
    })
  },
})

interface Target {
  readonly ref: { readonly app: string; readonly environment: string }
  readonly name: string
}

const isConfirmed = async (cli: Cli, flags: Flags, { ref, name }: Target): Promise<boolean> => {
  if (!cli.stdin.isTerminal)
    throw new UsageError(`remove ${name}: nobody is here to be asked`, 'say --yes if you mean it')
  const observed = await observe(cli, flags, ref)
  cli.stderr.write(`${renderGoing(observed, { hasVolumes: flags.volumes, palette: cli.stderr.palette }).join('\n')}\n`)
  return cli.confirm(`Remove ${name}?`)
}

const observe = async (cli: Cli, flags: Flags, ref: Target['ref']): Promise<Observed> => {
  await using connection = await cli.connect(flags.engine)
  return connection.context.engine.observe(ref, cli.signal)
}

const renderGoing = (
  { services, networks, configs, secrets, volumes }: Observed,
  { hasVolumes, palette }: { readonly hasVolumes: boolean; readonly palette: Palette },
): readonly string[] => {
  const owned = (items: readonly { readonly isOwned: boolean; readonly engineName: string }[]): string =>
    items
      .filter((item) => item.isOwned)
      .map((item) => item.engineName)
      .join(', ')
  const kept = palette.green('kept; --volumes removes them too')
  const rows = [
    ['services', owned(services)],
    ['networks', owned(networks)],
    ['configs', owned(configs)],
    ['secrets', owned(secrets)],
    ['volumes', volumes.map((volume) => `${volume.engineName} on ${volume.nodeName}`).join(', ')],
  ].filter(([, names]) => names !== '')
  const goes = (kind: string | undefined): string =>
    kind === 'volumes' && !hasVolumes ? kept : palette.red(kind === 'volumes' ? 'go with all their data' : 'go')
  return renderColumns(rows.map(([kind, names]) => [`  ${kind}`, goes(kind), names ?? '']))
}
