import { defineCommand } from '../command.ts'
import { conductIfNeeded } from '../conduct-deployment.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

export const command = defineCommand<TargetFlags, [app?: string]>({
  description: `Makes a new release of the current one with the fields that somebody changed in the engine, as they are there.
Tasks go on, unless a docker client wrote the same in another way. The next plan of unchanged files shows what
they would undo. What cannot be taken over is refused and named.`,
  usage: '[APP]',
  examples: [
    ['atoll adopt', 'the app of this folder'],
    ['atoll adopt shop/staging', 'another'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    return conductIfNeeded(cli, flags, (cluster, options) => cluster.adopt({ ref }, options))
  },
})
