import { defineCommand } from '../command.ts'
import { conductIfNeeded } from '../conduct-deployment.ts'
import { appParameter, fileAliases, serviceParameter, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

type Flags = TargetFlags & { readonly service?: readonly string[] }

export const command = defineCommand<Flags, [app?: string]>({
  description: `Makes again what is gone and undoes what somebody changed behind Atoll, as the current release says; no new release.
A job that has run is left alone unless it is named with --service.`,
  usage: '[APP]',
  examples: [
    ['atoll repair', 'the app of this folder'],
    ['atoll repair shop/staging --service web', 'one service of another'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      service: {
        ...serviceParameter,
        kind: 'parsed',
        variadic: true,
        optional: true,
        brief: 'Only this service; repeat for more',
      },
    },
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const request = { ref: findRef(cli, flags, app), services: flags.service ?? [] }
    return conductIfNeeded(cli, flags, (cluster, options) => cluster.repair(request, options))
  },
})
