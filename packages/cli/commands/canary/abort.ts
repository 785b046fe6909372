import { conductDeployment } from '../../conduct-deployment.ts'
import { defineCommand } from '../../command.ts'
import { appParameter, fileAliases, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { findRef } from '../../project/find-ref.ts'

export const command = defineCommand<TargetFlags, [app?: string]>({
  description: `Everybody gets the release before again, and the new tasks go. A deployment like any other; its receipt has what was measured
until then.`,
  usage: '[APP]',
  examples: [
    ['atoll canary abort', 'that of the app of this folder'],
    ['atoll canary abort shop/staging', 'of another'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    return conductDeployment(cli, flags, (cluster, options) => cluster.abortCanary({ ref }, options))
  },
})
