import { conductDeployment } from '../../conduct-deployment.ts'
import { defineCommand } from '../../command.ts'
import { fileAliases, proposeNodes, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { findRef } from '../../project/find-ref.ts'

type Flags = TargetFlags & { readonly to: string }

export const command = defineCommand<Flags, [volume: string]>({
  description:
    'The services that mount it stop, everything is copied and compared, then they start on the other node. The old copy\nstays until you remove it.',
  usage: 'VOLUME --to NODE',
  examples: [
    ['atoll volume move data --to node-2', 'a volume as the compose file names it'],
    ['atoll volume move shop_staging_data --app shop/staging --to node-3', 'as the engine names it'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      to: {
        kind: 'parsed',
        parse: String,
        brief: 'Node it goes to',
        placeholder: 'node',
        proposeCompletions: proposeNodes,
      },
    },
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Volume', placeholder: 'volume' }] },
  },
  run: async (cli, flags, volume) => {
    const ref = findRef(cli, flags)
    return conductDeployment(cli, flags, (cluster, options) =>
      cluster.moveVolume({ ref, volume, to: flags.to }, options),
    )
  },
})
