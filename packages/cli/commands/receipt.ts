import { defineCommand } from '../command.ts'
import { CommandError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { fileAliases, parseNumber, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { renderReceipt } from '../terminal/receipt.ts'
import { screenOf } from '../terminal/screen.ts'

export const command = defineCommand<TargetFlags, [deployment?: number]>({
  description:
    'Kept with the deployment: the time of each phase, every task with its node and image, what visitors got, and why it failed.',
  usage: '[DEPLOYMENT]',
  examples: [
    ['atoll receipt', 'of the last deployment of this folder’s app'],
    ['atoll receipt 7 --app shop/staging --json', 'of deployment 7 of another, as data'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: parseNumber, optional: true, brief: 'Deployment; the last when not said', placeholder: 'deployment' },
      ],
    },
  },
  run: async (cli, flags, number) => {
    const ref = findRef(cli, flags)
    await using connection = await openCluster(cli, flags)
    const found = await connection.cluster.findReceipt(ref, number, cli.signal)
    if (found === undefined) throw noDeployment(`${ref.app}/${ref.environment}`, number)
    cli.stdout.write(
      flags.json
        ? `${JSON.stringify(found)}\n`
        : renderReceipt(found, { ...screenOf(cli.stdout), nowMs: cli.clock.now() }),
    )
    return exitStatus.good
  },
})

const noDeployment = (name: string, number: number | undefined): CommandError =>
  number === undefined
    ? new CommandError('not-found', `read the last receipt of ${name}: nothing was deployed there yet`, {
        hint: '"atoll ls" lists what was',
      })
    : new CommandError(
        'not-found',
        `read receipt ${number} of ${name}: there is no such deployment, or it is too old`,
        {
          hint: `"atoll receipt --app ${name}" shows the last one`,
        },
      )
