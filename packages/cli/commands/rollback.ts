import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { fileAliases, parseNumber, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

export const command = defineCommand<TargetFlags, [release?: number]>({
  description: 'A deployment like any other: planned, watched, with a receipt. Nothing is built again.',
  usage: '[RELEASE]',
  examples: [
    ['atoll rollback', 'to the release before'],
    ['atoll rollback 3 --env staging', 'to release 3 of staging'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: parseNumber, optional: true, brief: 'Release; the one before when not said', placeholder: 'release' },
      ],
    },
  },
  run: async (cli, flags, release) => {
    const ref = findRef(cli, flags)
    return conductDeployment(cli, flags, (cluster, options) =>
      cluster.rollback({ ref, ...(release === undefined ? {} : { release }) }, options),
    )
  },
})
