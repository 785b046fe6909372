import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { fileAliases, serviceParameter, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

export const command = defineCommand<TargetFlags, string[]>({
  description: 'Task after task, as its update policy says, so that a service with several keeps answering.',
  usage: '[SERVICE ...]',
  examples: [
    ['atoll restart', 'every service of the app of this folder'],
    ['atoll restart web --app shop/staging', 'one service'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: { kind: 'array', parameter: serviceParameter },
  },
  run: async (cli, flags, ...services) => {
    const ref = findRef(cli, flags)
    return conductDeployment(cli, flags, (cluster, options) => cluster.restart({ ref, services }, options))
  },
})
